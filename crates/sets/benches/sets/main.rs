//! What set operations cost, in this crate's representation and in others:
//! `cargo bench -p canreach-sets --bench sets`. `diagrams/` beside this measures decision diagrams with
//! the same rules. `docs/decisions/flow-sets.md` holds figures and says what follows from them.

use divan::{Bencher, black_box};

mod ways;
mod workload;

use ways::{Axis, Boxes, Intervals, Nested, Rows};
use workload::{Representation, any_match, check, cross, first_match, pool, rules};

fn main() {
    check::<Axis>(true, false);
    check::<Nested>(true, false);
    check::<Intervals>(false, false);
    check::<Boxes<false>>(true, false);
    check::<Boxes<true>>(true, true);
    check::<Rows>(true, true);
    divan::main();
}

#[divan::bench(types = [Axis, Intervals, Nested, Boxes<false>])]
fn security_group_of_10<R: Representation>(bencher: Bencher) {
    let (sets, rules) = (R::new(), rules(10, 1, false));
    bencher.bench_local(|| any_match(&sets, black_box(&rules)));
}

#[divan::bench(types = [Axis, Intervals, Nested, Boxes<false>])]
fn acl_of_20<R: Representation>(bencher: Bencher) {
    let (sets, rules) = (R::new(), rules(20, 2, true));
    bencher.bench_local(|| first_match(&sets, black_box(&rules)));
}

#[divan::bench(types = [Axis, Intervals, Nested, Boxes<false>], sample_count = 10)]
fn list_of_1000<R: Representation>(bencher: Bencher) {
    let (sets, rules) = (R::new(), rules(1000, 3, true));
    bencher.bench_local(|| first_match(&sets, black_box(&rules)));
}

#[divan::bench(types = [Axis, Intervals, Nested, Boxes<false>])]
fn group_and_acl_meet<R: Representation>(bencher: Bencher) {
    let sets = R::new();
    let group = any_match(&sets, &rules(10, 1, false));
    let list = first_match(&sets, &rules(20, 2, true));
    bencher.bench_local(|| sets.intersection(black_box(&group), black_box(&list)));
}

#[divan::bench(types = [Axis, Intervals, Nested, Boxes<false>], sample_count = 20)]
fn two_lists_of_1000_meet<R: Representation>(bencher: Bencher) {
    let sets = R::new();
    let [a, b] = [3, 4].map(|seed| first_match(&sets, &rules(1000, seed, true)));
    bencher.bench_local(|| sets.intersection(black_box(&a), black_box(&b)));
}

#[divan::bench(types = [Axis, Intervals, Nested, Boxes<false>], sample_count = 10)]
fn cross_60_groups_with_30_acls<R: Representation>(bencher: Bencher) {
    bencher.with_inputs(pool::<R>).bench_local_refs(|pool| cross(pool));
}

#[divan::bench(types = [Rows, Boxes<true>], sample_count = 20)]
fn with_addresses_acl_of_20<R: Representation>(bencher: Bencher) {
    let (sets, rules) = (R::new(), rules(20, 2, true));
    bencher.bench_local(|| first_match(&sets, black_box(&rules)));
}

#[divan::bench(types = [Rows, Boxes<true>], sample_count = 3, sample_size = 1)]
fn with_addresses_list_of_200<R: Representation>(bencher: Bencher) {
    let (sets, rules) = (R::new(), rules(200, 3, true));
    bencher.bench_local(|| first_match(&sets, black_box(&rules)));
}

#[divan::bench(types = [Rows, Boxes<true>], sample_count = 2, sample_size = 1)]
fn with_addresses_list_of_1000<R: Representation>(bencher: Bencher) {
    let rules = rules(1000, 3, true);
    let sets = R::new();
    bencher.bench_local(|| first_match(&sets, black_box(&rules)));
}
