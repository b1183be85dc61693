//! Templates: fallbacks, what is missing, and everything that must not work.

use super::*;
use serde_json::json;

fn lead() -> Arc<serde_json::Value> {
    Arc::new(json!({
        "first_name": "jane", "last_name": "", "company": "Smith & Sons", "role": null, "email": "jane@mail.acme.example",
        "lead": {"first_name": "jane", "score": 7, "ratio": 0.5, "vip": true},
        "custom": {"city": "  ", "tools": ["Rust", "SQL"], "site": "https://www.Acme.example:8080/about?x=1"},
        "sender": {"name": "Sam"},
    }))
}

fn rendered(source: &str) -> Rendered {
    Template::parse(source).unwrap().render(&lead()).unwrap()
}

#[test]
fn values_fallbacks_and_filters() {
    for (source, text) in [
        ("Hi {{ first_name | title }},", "Hi Jane,"),
        ("{{ last_name | default('there') }} {{ last_name or 'there' }}", "there there"),
        ("{{ role | upper | default(\"you\") }}", "you"),
        ("{{ nothing.at.all | default('x') }}", "x"),
        ("{{ custom['the city'] or company }}", "Smith & Sons"),
        ("{{ lead.score }} {{ lead.ratio }} {{ lead.vip }} {{ lead.score + 1 }}", "7 0.5 true 8"),
        ("{{ email | domain }} {{ custom.site | domain }}", "mail.acme.example acme.example"),
        ("{{ company | first_word }} {{ company | lower }} {{ '  x ' | trim }}", "Smith smith & sons x"),
        ("{{ 'élan' | capitalize }} {{ \"jean-luc o'neill\" | title }}", "Élan Jean-Luc O'Neill"),
        ("{{ custom.tools | join(', ') }} {{ custom.tools | length }}", "Rust, SQL 2"),
        ("{% if role %}a {{ role }}{% elif company %}at {{ company }}{% else %}x{% endif %}", "at Smith & Sons"),
        ("{% if last_name is undefined and company is defined %}yes{% endif %}", "yes"),
        ("{% for tool in custom.tools %}{{ loop.index }}. {{ tool }}\n{% endfor %}", "1. Rust\n2. SQL\n"),
        ("{% for x in custom.nothing %}{{ x }}{% else %}none{% endfor %}", "none"),
        ("{% if 'a' in last_name %}x{% endif %}{% if 'vip' in custom %}y{% endif %}-", "-"),
        ("{% raw %}{{ not_this * 2 }}{% endraw %}{# nor {{ this() }} #}", "{{ not_this * 2 }}"),
        ("{{ \"}} {% set\" }}", "}} {% set"),
        ("{{ last_name or '' }}{{ last_name | default('') }}.", "."),
    ] {
        assert_eq!(rendered(source), Rendered { text: text.to_owned(), unresolved: vec![] }, "{source}");
    }
}

#[test]
fn everything_missing_is_named_once_and_in_order() {
    for (source, names) in [
        ("{{ role }} {{ first_name }} {{ last_name }} {{ role }}", vec!["role", "last_name"]),
        ("{{ firstname }}", vec!["firstname"]),
        (
            "{{ custom.city }} {{ custom['zip code'] }} {{ lead.a.b }}",
            vec!["custom.city", "custom.zip code", "lead.a.b"],
        ),
        ("{{ last_name | title }} {{ role | trim | upper }}", vec!["last_name", "role"]),
        ("{{ 'Dear ' ~ last_name }}", vec!["last_name"]),
        ("{{ last_name or role }}", vec!["role"]),
        ("{{ last_name | default(role) }}", vec!["role"]),
        ("{% if company != '' %}{{ last_name }}{% endif %}", vec!["last_name"]),
        ("{% if role %}{{ last_name }}{% endif %}", vec![]),
    ] {
        assert_eq!(rendered(source).unresolved, names, "{source}");
    }
}

#[test]
fn html_is_escaped_and_links_stay_whole() {
    let context = Arc::new(json!({"company": "<b>\"A\" & 'B'</b>", "unsubscribe_url": "https://x.example/u/1?a=b"}));
    let render = |template: Template| template.render(&context).unwrap().text;
    let source = "{{ company }} <a href=\"{{ unsubscribe_url }}\">";
    assert_eq!(
        render(Template::parse_html(source).unwrap()),
        "&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt; <a href=\"https://x.example/u/1?a=b\">"
    );
    assert_eq!(render(Template::parse(source).unwrap()), "<b>\"A\" & 'B'</b> <a href=\"https://x.example/u/1?a=b\">");
}

#[test]
fn a_template_can_not_do_more_than_it_should() {
    for source in [
        "{% include 'secret' %}",
        "{% extends 'base' %}",
        "{% import 'x' as x %}",
        "{% from 'x' import y %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% set a = 'x' %}",
        "{% with a = 'x' %}{% endwith %}",
        "{% filter upper %}x{% endfilter %}",
        "{% call x() %}{% endcall %}",
        "{% block b %}{% endblock %}",
        "{% autoescape false %}{{ company }}{% endautoescape %}",
        "{%- set a = 1 -%}",
        "{{ range(1000000000) }}",
        "{{ 'x' * 100000000 }}",
        "{% for x in [1] * 100000000 %}{% endfor %}",
        "{{ company.upper() }}",
        "{{ custom['x']() }}",
        "{{ (company)() }}",
        "{{ company | safe }}",
        "{{ company | map('upper') }}",
        "{{ 1 is divisibleby(2) }}",
        "{{ 1 is not odd }}",
        "{{ debug() }}",
        "{% raw %}{% endraw %}{{ cycler('a') }}",
    ] {
        assert!(Template::parse(source).is_err(), "{source}");
    }
}

#[test]
fn errors_carry_the_line() {
    for (source, line, says) in [
        ("a\nb {{ first_name", 2, "unexpected"),
        ("\n{% if x %}", 2, "end of block"),
        ("a\n\n{{ company | shout }}", 3, "shout"),
        ("a\n{{ first name }}", 2, ""),
        ("{{ }}", 1, ""),
    ] {
        let error = Template::parse(source).unwrap_err();
        assert_eq!(error.line, line, "{source}: {error}");
        assert!(error.message.contains(says), "{source}: {error}");
    }
    let error = Template::parse("a\n{{ custom }}").unwrap().render(&lead()).unwrap_err();
    assert_eq!((error.line, error.message.contains("field")), (2, true), "{error}");
    assert!(Template::parse("{{ custom.tools }}").unwrap().render(&lead()).is_err());
    assert!(Template::parse("{{ custom.tools[9] }}").unwrap().render(&lead()).is_err());
}

#[test]
fn time_size_and_depth_are_bounded() {
    assert!(Template::parse(&"x".repeat(MAX_SOURCE + 1)).is_err());
    assert!(Template::parse(&format!("{{{{ {}1{} }}}}", "(".repeat(20_000), ")".repeat(20_000))).is_err());
    let many = Arc::new(json!({"items": vec![0; 2_000], "big": "x".repeat(100_000)}));
    let long = Template::parse("{% for a in items %}{% for b in items %}{{ b }}{% endfor %}{% endfor %}").unwrap();
    assert_eq!(long.render(&many).unwrap_err().message, "the template takes too long");
    let wide = Template::parse("{% for a in items %}{{ big }}{% endfor %}").unwrap();
    assert!(wide.render(&many).unwrap_err().message.contains("KB"));
    let joined = Template::parse("{{ items | join(big) | length }}").unwrap();
    assert!(joined.render(&many).is_err());
}

#[test]
fn placeholders_are_known_before_anything_is_sent() {
    let template = Template::parse(
        "{{ first_name or 'you' }} {% if custom.city %}{{ lead.company.name | title }}{% endif %}{% for t in custom.tools %}{{ t }}{{ loop.index }}{% endfor %}{{ firstname }} {{ sender }}",
    )
    .unwrap();
    let names = template.placeholders();
    for name in ["custom.city", "custom.tools", "first_name", "firstname", "sender"] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    assert_eq!(template.unknown_placeholders(&KNOWN_PLACEHOLDERS), ["firstname"]);
}

#[test]
fn odd_texts_never_panic() {
    let parts = [
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "'",
        "\"",
        "\\",
        " x",
        "|",
        "é",
        "(",
        ")",
        "\n",
        "if ",
        "for ",
        "raw",
        "endraw",
        "-",
        "[",
        "]",
        "{",
        "}",
        ".",
        "is ",
        "\u{1F600}",
    ];
    for case in 0..5_000_i64 {
        let source: String = (0..12)
            .map(|place| parts[crate::weights::choose(&crate::weights::seed("odd", &[case, place]), &[1; 27])])
            .collect();
        if let Ok(template) = Template::parse(&source) {
            let _ = template.render(&lead());
        }
    }
}
