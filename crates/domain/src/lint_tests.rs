//! Mails that may leave, and those that may not.

use super::*;

#[test]
fn a_good_mail_passes() {
    for text in [
        "Hi Jane,\n\nsee [1] and [sic]: 100% of teams, 5% to 10% less. a < b << c\n\nBest",
        "Hi,\n\nthe set {1, 2} and f(x){return x;}",
        "Bonjour !\n\nDear Sir or Madam, none of this is null and void.",
        "Delhi , Hello none-the-less and https://a.example/?q=%DE%AD%BE%EF",
    ] {
        assert_eq!(lint("Your team at Acme", text, None), [] as [String; 0], "{text}");
    }
    let html = "<style>@media print { p { color: red } a{margin:0}}</style><p>Hi Jane,</p>";
    assert_eq!(lint("Hello", "", Some(html)), [] as [String; 0]);
}

#[test]
fn leftover_placeholders_are_named() {
    for (text, leftover) in [
        ("Hi {{ first_name }}", "{{"),
        ("x }} y", "}}"),
        ("Hi {first_name},", "{first_name}"),
        ("Hi ${name},", "{name}"),
        ("Hi [First Name],", "[First Name]"),
        ("at [Company]", "[Company]"),
        ("[Insert pain point here]", "[Insert pain point here]"),
        ("Hi <<name>>", "<<name>>"),
        ("Hi %FIRST%", "%FIRST%"),
        ("Hi %first_name%", "%first_name%"),
        ("Hi *|FNAME|*", "*|"),
        ("Hi __name__", "__name__"),
        ("{% if x %}", "{%"),
    ] {
        let found = lint("Hello", text, None);
        assert!(found.iter().any(|message| message.ends_with(&format!(": {leftover}"))), "{text}: {found:?}");
        assert!(!lint(text, "Hi", None).is_empty(), "also in the subject: {text}");
    }
    let found = lint("Hello", "Hi", Some("<p>Hi &lt;&lt;name&gt;&gt; {first_name}</p>"));
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn greetings_without_a_name_are_found() {
    for text in [
        "Dear ,",
        "Hi ,\nx",
        "<p>Hello&nbsp;,</p>",
        "Hallo ,",
        "Hi null,",
        "Dear None",
        "hey undefined!",
        "Guten Tag ,",
        "Chère ,",
        "CHÈRE ,",
        "A word before. GUTEN&nbsp;TAG ,",
        "one line\r\nDear null\r\nanother",
        "Hi null",
    ] {
        let found = lint("Hello", text, None);
        assert!(found.iter().any(|message| message.contains("greets nobody")), "{text}: {found:?}");
    }
}

#[test]
fn a_long_line_of_greetings_is_read_in_time() {
    let text = "hi dear hello ".repeat(20_000);
    let begun = std::time::Instant::now();
    assert_eq!(lint("Hello", &text, None), [] as [String; 0]);
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn subject_and_body_are_needed() {
    assert_eq!(lint(" ", "", Some(" ")).len(), 2);
    assert!(lint("a\nBcc: x@y.example", "x", None)[0].contains("line break"));
    assert!(lint(&"x".repeat(999), "x", None)[0].contains("998"));
    assert_eq!(lint(&"x".repeat(998), "x", None), [] as [String; 0]);
    assert_eq!(lint_warnings(&"é".repeat(120)).len(), 0);
    assert_eq!(lint_warnings(&"é".repeat(121)).len(), 1);
}
