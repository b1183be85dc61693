//! Every operation, field and code of the lists is in every form of the reference.

use outrider_engine::registry::OPERATIONS;
use outrider_engine::schema::Catalog;

use super::model::Reference;
use super::{html, llms, markdown};
use crate::native;
use crate::surface::Bound;
use crate::surface::status::all_codes;

const URL: &str = "https://outreach.example";

fn native_reference() -> Reference {
    Reference::of(&Bound::new(native::surface(OPERATIONS)), URL)
}

#[test]
fn no_form_of_the_reference_lags_behind_the_list_of_operations() {
    let reference = native_reference();
    assert_eq!(reference.operations().count(), OPERATIONS.len());
    let whole = markdown::whole(&reference);
    let index = llms::index(std::slice::from_ref(&reference), URL);
    let surface = html::surface(&reference);
    let catalog = Catalog::new(OPERATIONS);
    for (operation, input) in OPERATIONS.iter().zip(&catalog.inputs) {
        let spec = &operation.spec;
        let tag = reference.tags.iter().find(|tag| tag.name == spec.tag).expect("its noun");
        let (page, text) = (html::tag(&reference, tag), markdown::page(&reference, tag));
        assert!(page.contains(&format!("<h2 id=\"{}\">", spec.name)), "{} has no section", spec.name);
        assert!(surface.contains(&format!("#{}\">", spec.name)), "{} is not in the table", spec.name);
        assert!(text.contains(&format!("\n### {}\n", spec.name)) && whole.contains(&format!("\n### {}\n", spec.name)));
        assert!(index.contains(spec.name), "{} is not in llms.txt", spec.name);
        for field in catalog.fields(input).keys() {
            assert!(text.contains(&format!("| `{field}` | ")), "{}: {field} is not described", spec.name);
        }
        for code in spec.errors {
            assert!(text.contains(code.name), "{}: {} is not named", spec.name, code.name);
        }
    }
}

#[test]
fn every_error_code_is_in_the_tables() {
    let reference = native_reference();
    let (page, text) = (html::errors(&reference.errors), markdown::errors(&reference.errors));
    for code in all_codes() {
        assert!(page.contains(&format!("<code>{}</code>", code.name)), "{}", code.name);
        assert!(text.contains(&format!("| `{}` |", code.name)), "{}", code.name);
    }
}

#[test]
fn under_every_second_heading_of_llms_txt_stand_links_alone() {
    let reference = native_reference();
    for text in [llms::index(&[reference], URL), llms::of_surface(&native_reference(), URL)] {
        let mut lines = text.lines();
        assert!(lines.next().is_some_and(|line| line.starts_with("# ")));
        let sections = text.split("\n## ").skip(1);
        for line in sections.flat_map(|section| section.lines().skip(1)).filter(|line| !line.is_empty()) {
            assert!(line.starts_with("- [") && line.contains("](https://outreach.example/"), "{line}");
        }
    }
}

#[test]
fn tables_have_as_many_cells_in_each_row_as_in_their_head() {
    let text = markdown::whole(&native_reference());
    let mut cells = 0;
    for line in text.lines() {
        let count = line.replace("\\|", "").matches('|').count();
        match (line.starts_with("| "), line.starts_with("|---")) {
            (_, true) => assert_eq!(count, cells, "{line}"),
            (true, _) if cells > 0 => assert_eq!(count, cells, "{line}"),
            (true, _) => cells = count,
            _ => cells = 0,
        }
    }
}
