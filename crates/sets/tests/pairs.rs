//! The answer for every pair of ends, flow by flow: it must hold exactly the flows that brute force
//! finds by trying every packet under every assignment of facts and choices.
//!
//! Networks come from a seed, which a failure names. More of them on demand:
//! `CANREACH_SEEDS=0..20000 cargo test --release -p canreach-sets --test pairs -- --nocapture`.

#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may be asked for more by its environment, says how much it compared, and fails where it is wrong"
)]

mod support;

use std::net::IpAddr;

use canreach_model::Network;
use canreach_net::Header;
use canreach_sets::{Algebra, End, Flows, Reach, reach};
use canreach_testkit::{
    generate,
    oracle::{self, Extent, Question, Universe},
    show,
};
use rayon::prelude::*;
use support::asked_seeds;

/// The networks of a short run.
const SEEDS: std::ops::Range<u64> = 0..150;

/// The most pairs tried in one network; all of them where there are fewer.
const MOST_PAIRS: usize = 40;

/// An end with one of its addresses.
struct At<'r> {
    class: usize,
    end: &'r End,
    address: IpAddr,
}

/// Every end of some classes, at each address of the universe that it has.
fn ends<'r>(classes: &'r [canreach_sets::Class], universe: &Universe) -> Vec<At<'r>> {
    let mut ends = Vec::new();
    for (class, it) in classes.iter().enumerate() {
        for end in it.kinds.iter().flatten() {
            let own = universe.addresses.iter().filter(|it| end.addresses.contains(**it));
            let mut own: Vec<IpAddr> = own.copied().collect();
            own.extend(end.addresses.first().filter(|_| own.is_empty()));
            ends.extend(own.into_iter().map(|address| At { class, end, address }));
        }
    }
    ends
}

/// What passes between two ends; nothing where it is not listed.
fn flows<'r>(reach: &'r Reach, from: &At<'_>, to: &At<'_>) -> Option<&'r Flows> {
    let itself = from.end.interface.is_some() && from.end.interface == to.end.interface;
    let number = if itself {
        let own = reach.itself.iter().find(|it| (it.0, it.1) == (from.class, to.class));
        own.map(|it| it.2)
    } else {
        let row = &reach.rows[from.class];
        row.binary_search_by_key(&to.class, |it| it.0).ok().map(|at| row[at].1)
    };
    number.map(|number| &reach.flows[number])
}

/// How far a flow passes, as the sets say it.
fn extent(
    flows: Option<&Flows>,
    header: &Header,
    certain: impl Fn(&Flows) -> &canreach_sets::FlowSet,
    maybe: impl Fn(&Flows) -> &canreach_sets::FlowSet,
) -> Extent {
    let holds = |set: &canreach_sets::FlowSet| set.contains(header.transport);
    match flows {
        Some(flows) if holds(certain(flows)) => Extent::Always,
        Some(flows) if holds(maybe(flows)) => Extent::Sometimes,
        Some(_) | None => Extent::Never,
    }
}

/// Returns how many flows of one network were compared.
fn agree_on(seed: u64, network: &Network) -> usize {
    let universe = Universe::of(network);
    let reach = reach(network, |_, _| ()).unwrap();
    let (sources, destinations) =
        (ends(&reach.sources, &universe), ends(&reach.destinations, &universe));
    let all = sources.len() * destinations.len();
    let step = all.div_ceil(MOST_PAIRS).max(1);
    let begin = usize::try_from(seed).unwrap() % step;
    let mut compared = 0;
    for pair in (begin..all).step_by(step) {
        let (from, to) =
            (&sources[pair / destinations.len()], &destinations[pair % destinations.len()]);
        let beyond = |at: &At<'_>| at.end.within.is_some();
        if beyond(from) && beyond(to) && from.end.endpoint == to.end.endpoint {
            continue;
        }
        let question =
            Question::new(from.end.endpoint, vec![from.address], to.end.endpoint, vec![to.address]);
        let found = flows(&reach, from, to);
        if found.is_some_and(|flows| flows.limit.is_some()) {
            continue;
        }
        let passing = oracle::survey(network, &question, &universe);
        for header in oracle::headers(network, &question, &universe) {
            let judged = passing.iter().find(|judged| judged.header == header);
            let expected = judged.map_or((Extent::Never, Extent::Never), |judged| {
                (judged.delivered, judged.answered)
            });
            let delivered = extent(found, &header, |it| &it.delivered, |it| &it.maybe_delivered);
            let answered = extent(found, &header, |it| &it.answered, |it| &it.maybe_answered);
            assert!(
                (delivered, answered) == expected,
                "seed {seed}: {header} from {:?} to {:?}\nsets: delivered {delivered:?}, answered {answered:?}\noracle: {expected:?}\n{found:?}\n{}",
                from.end,
                to.end,
                show(network)
            );
            compared += 1;
        }
    }
    compared
}

fn agree(networks: impl Fn(u64) -> Network + Sync) {
    let seeds = asked_seeds().unwrap_or(SEEDS);
    let counts = seeds.into_par_iter().map(|seed| agree_on(seed, &networks(seed)));
    println!("{} flows compared", counts.sum::<usize>());
}

#[test]
fn sets_hold_the_flows_that_brute_force_finds() {
    agree(generate::network);
}

#[test]
fn sets_hold_the_flows_that_brute_force_finds_in_networks_of_aws() {
    agree(generate::aws::network);
}

#[test]
fn what_is_answered_is_delivered_and_what_is_open_is_not_undecided() {
    for seed in 0..60 {
        for flows in reach(&generate::network(seed), |_, _| ()).unwrap().flows {
            assert!(flows.answered.is_subset(&flows.delivered));
            assert!(flows.maybe_delivered.is_disjoint(&flows.delivered));
            assert!(flows.maybe_answered.is_disjoint(&flows.answered));
        }
    }
}
