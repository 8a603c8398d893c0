use std::collections::BTreeSet;

use super::*;

/// The sections of a page, in order.
const SECTIONS: [&str; 5] =
    ["What it means", "How canreach decides it", "How to mend it", "Also known as", "Shown by"];

#[test]
fn every_cause_is_found_by_its_code_in_any_case() {
    for cause in Cause::ALL {
        assert_eq!(find(cause.code()), Some(cause));
        assert_eq!(find(&cause.code().to_lowercase().replace('_', "-")), Some(cause));
    }
    assert_eq!(find("SG"), None);
    assert_eq!(find_alias("route-blackhole"), [Cause::RouteBlackhole]);
}

#[test]
fn summaries_are_phrases() {
    for cause in Cause::ALL {
        assert!(!summary(cause).ends_with('.') && !summary(cause).is_empty(), "{cause}");
    }
}

#[test]
fn every_cause_has_a_page_and_every_page_a_cause() {
    let pages: BTreeSet<String> = PAGES
        .files()
        .filter_map(|file| file.path().file_stem())
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name != "README")
        .collect();
    let codes: BTreeSet<String> =
        Cause::ALL.into_iter().map(|cause| cause.code().to_owned()).collect();
    assert_eq!(pages, codes);
}

#[test]
fn every_page_has_the_one_shape() {
    for cause in Cause::ALL {
        let page = page(cause);
        let title = format!("# {}: {}", cause.code(), summary(cause));
        assert_eq!(page.lines().next(), Some(title.as_str()));
        let sections: Vec<&str> =
            page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(sections, SECTIONS, "{cause}");
        let mend = section(&page, "How to mend it");
        let (huawei, aws) = (mend.find("**Huawei Cloud**"), mend.find("**AWS**"));
        // What the network does by itself has nothing of a console in it.
        assert!(huawei.is_none() == aws.is_none() && huawei <= aws, "{cause}: {mend}");
        for unknown in ["```", "| ", "### ", "1. "] {
            assert!(!page.contains(unknown), "{cause}: `{unknown}` has no form in a terminal");
        }
    }
}

/// The codes in the section are exactly those that an answer prints.
#[test]
fn every_page_has_the_aliases_of_its_cause() {
    for cause in Cause::ALL {
        let page = page(cause);
        let known = section(&page, "Also known as");
        let told: BTreeSet<&str> = known.split('`').skip(1).step_by(2).collect();
        assert_eq!(told, cause.aliases().collect::<BTreeSet<_>>(), "{cause}");
    }
}

fn section<'p>(page: &'p str, name: &str) -> &'p str {
    let (_, after) = page.split_once(&format!("\n## {name}\n")).unwrap_or_default();
    after.split("\n## ").next().unwrap_or_default()
}

#[test]
fn a_page_fits_its_width_and_has_no_markup() {
    for line in Cause::ALL.into_iter().map(explain).collect::<String>().lines() {
        let plain = line.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
        assert!(plain.chars().count() <= WIDTH, "{plain}");
        for markup in ["**", "](", "## "] {
            assert!(!plain.contains(markup), "{plain}");
        }
    }
}
