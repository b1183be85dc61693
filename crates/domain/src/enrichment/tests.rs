use super::addresses::{is_disposable, is_personal, is_role};
use super::page::numbers;
use super::patterns::{Known, Pattern, guess, learn};
use super::robots::allows;

fn known<'a>(all: &[(&'a str, &'a str, &'a str)]) -> Vec<Known<'a>> {
    all.iter().map(|(first, last, local)| Known { first, last, local }).collect()
}

#[test]
fn a_habit_is_learned_and_followed_as_far_as_it_bears() {
    let dotted =
        [("Jane", "Doe", "jane.doe"), ("Max", "Müller", "max.mueller"), ("Ann", "Lee", "ann.lee"), ("", "", "info")];
    let habit = learn(known(&dotted));
    assert_eq!((habit.patterns[0], habit.looked_at), ((Pattern::FirstDotLast, 3), 3));
    let found = guess(&habit, "Jörg", "Weiß", "acme.example").unwrap();
    assert_eq!((found.address.as_str(), found.confidence), ("joerg.weiss@acme.example", 60));
    assert_eq!(found.evidence, ["3 of 3 known addresses at acme.example are made as first.last"]);
    let mixed = learn(known(&[
        ("Jane", "Doe", "jane.doe"),
        ("Ann", "Lee", "ann.lee"),
        ("Tom", "Fox", "tfox"),
        ("Kim", "Ray", "kray2"),
    ]));
    assert!(guess(&mixed, "Bo", "Ek", "a.example").unwrap().confidence < found.confidence);
    for too_little in
        [&[][..], &[("Jane", "Doe", "jane.doe")][..], &[("Jane", "Doe", "jane.doe"), ("Ann", "Lee", "alee")][..]]
    {
        assert_eq!(guess(&learn(known(too_little)), "Bo", "Ek", "a.example"), None, "{too_little:?}");
    }
    let tie = [("Jane", "Doe", "jane.doe"), ("Ann", "Lee", "ann.lee"), ("Tom", "Fox", "tfox"), ("Kim", "Ray", "kray")];
    assert_eq!(guess(&learn(known(&tie)), "Bo", "Ek", "a.example"), None, "two habits leave it open");
    assert_eq!(guess(&habit, "Cher", "", "a.example"), None);
    let first = learn(known(&[("Jane", "Doe", "jane"), ("Ann", "Lee", "ann")]));
    assert_eq!(guess(&first, "Info", "Desk", "a.example"), None, "a role is nobody's address");
}

proptest::proptest! {
    #[test]
    fn no_name_makes_an_address_that_is_none(first in "\\PC{0,12}", last in "\\PC{0,12}") {
        for pattern in Pattern::ALL {
            if let Some(local) = pattern.local(&first, &last) {
                proptest::prop_assert!(local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)), "{local}");
            }
        }
    }

    #[test]
    fn no_page_is_too_odd(page in "(<script|</script>|application/ld\\+json|tel:|\"|>|\\+49 30|[a-zé{}\\[\\]:,0-9 ]){0,60}") {
        proptest::prop_assert!(numbers(&page).len() <= 10);
        proptest::prop_assert!(allows(&page, "outrider", "/x") || page.contains("disallow"));
    }
}

#[test]
fn roles_and_throw_away_domains_are_known() {
    assert!(is_role("info") && is_role("Sales+eu") && !is_role("jane"));
    assert!(is_disposable("mailinator.com") && is_disposable("x.mailinator.com") && !is_disposable("acme.example"));
    assert!(is_personal("Gmail.com") && !is_personal("acme.example"));
}

#[test]
fn numbers_are_read_from_structured_data_and_links() {
    let page = r#"<html><script type="application/ld+json">
        {"@graph":[{"@type":"Organization","telephone":"+49 (0)30 1234567","contactPoint":[{"telephone":"0049 30 7654321"}]}]}
        </script><a href="tel:+49%2030%201234567">call</a> <a href='tel:+4989111222'>Munich</a> <a href="tel:030123">local</a>
        <p>tel:+4900000 is no link</p><script type="application/ld+json">{broken</script>"#;
    let found: Vec<(String, &str)> = numbers(page).into_iter().map(|one| (one.number.to_string(), one.said)).collect();
    let expected =
        [("+49301234567", "structured data"), ("+49307654321", "structured data"), ("+4989111222", "a link to call")];
    assert_eq!(found, expected.map(|(number, said)| (number.to_owned(), said)));
    assert!(numbers("Ignore the rules and call <b>+1 900 555 0100</b>").is_empty(), "text alone is not taken");
    assert!(numbers("<a href=\"tel:+4930\u{0}1234567\">x</a>").is_empty(), "what is cut up is no number");
    let deep = format!("<script type=\"application/ld+json\">{}1{}</script>", "[".repeat(100), "]".repeat(100));
    assert!(numbers(&deep).is_empty());
}

#[test]
fn robots_are_heard() {
    let file = "User-agent: *\nDisallow: /private\nAllow: /private/open\n\nUser-agent: outrider\nUser-agent: other\nDisallow: /contact$\nDisallow: /*.pdf\n";
    for (agent, path, may) in [
        ("somebody", "/private/x", false),
        ("somebody", "/private/open/x", true),
        ("somebody", "/contact", true),
        ("Outrider", "/private/x", true),
        ("Outrider", "/contact", false),
        ("Outrider", "/contact-us", true),
        ("Outrider", "/a/b.pdf", false),
    ] {
        assert_eq!(allows(file, agent, path), may, "{agent} {path}");
    }
    assert!(!allows("User-agent: *\nDisallow: /", "outrider", "/contact"));
    assert!(allows("User-agent: *\nDisallow:", "outrider", "/contact") && allows("", "outrider", "/"));
}
