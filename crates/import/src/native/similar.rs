//! Names that look like another name.

/// How alike two names must be, from 0 to 1, to be suggested.
const ALIKE: f64 = 0.78;

/// Returns "did you mean …?" for the names nearest to `written`, if any is near.
pub(crate) fn did_you_mean<'n>(
    written: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Option<String> {
    let mut near: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&written.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(alike, _)| *alike >= ALIKE)
        .collect();
    near.sort_by(|(a, left), (b, right)| b.total_cmp(a).then_with(|| left.cmp(right)));
    near.dedup();
    let best = near.first()?.0;
    let names: Vec<String> = near
        .iter()
        // A name that fits far worse than the best only distracts.
        .take_while(|(alike, _)| best - alike < 0.1)
        .take(3)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    Some(format!("did you mean {}?", names.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_what_is_near_and_nothing_else() {
        assert_eq!(
            did_you_mean("cidr", ["cidrs", "vpc", "tags"]).unwrap(),
            "did you mean `cidrs`?"
        );
        assert_eq!(
            did_you_mean("web-3", ["web-1", "web-2", "db"]).unwrap(),
            "did you mean `web-1` or `web-2`?"
        );
        assert_eq!(did_you_mean("zzz", ["cidrs", "vpc"]), None);
    }
}
