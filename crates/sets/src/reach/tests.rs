//! Classes against single members: what is said of a class must hold for each of its members, asked
//! by itself in the whole network.

use std::{collections::BTreeMap, net::IpAddr};

use canreach_model::PublicAddressTarget;
use canreach_testkit::{estate, generate, show};

use super::*;

/// Who sends, from which address, and who receives, at which.
type Pair = (Endpoint, IpAddr, Endpoint, IpAddr);

/// Returns what passes between every two members, without what does not.
fn unfolded(reach: &Reach) -> BTreeMap<Pair, Flows> {
    let ends = |class: &Class| -> Vec<End> { class.kinds.iter().flatten().cloned().collect() };
    let sources: Vec<Vec<End>> = reach.sources.iter().map(ends).collect();
    let destinations: Vec<Vec<End>> = reach.destinations.iter().map(ends).collect();
    let mut pairs = BTreeMap::new();
    let mut add = |source: usize, destination: usize, flows: usize, itself: bool| {
        for from in &sources[source] {
            for to in &destinations[destination] {
                if (from.interface.is_some() && from.interface == to.interface) == itself {
                    let first = |end: &End| end.addresses.first().unwrap();
                    let pair = (from.endpoint, first(from), to.endpoint, first(to));
                    let before = pairs.insert(pair, reach.flows[flows].clone());
                    assert!(before.is_none(), "{pair:?} is in two places");
                }
            }
        }
    };
    for (source, row) in reach.rows.iter().enumerate() {
        for (destination, flows) in row {
            add(source, *destination, *flows, false);
        }
    }
    for (from, to, flows) in &reach.itself {
        add(*from, *to, *flows, true);
    }
    pairs
}

/// Every holder sits alone, and walks are found in the whole network.
fn alone(_: &Network, holders: &[Holder], _: &Cells) -> Vec<Seat> {
    let seat = |at| Seat { members: vec![at], first: at, second: None };
    (0..holders.len()).map(seat).collect()
}

fn agree_on(network: &Network, name: &str) {
    let by_class = reach(network, |_, _| ()).unwrap();
    let by_member = by_plan(&Plan::with(network, alone), MOST_PAIRS, |_, _| ()).unwrap();
    let (classes, members) = (unfolded(&by_class), unfolded(&by_member));
    for (pair, flows) in &members {
        let by_class = classes.get(pair);
        assert_eq!(by_class, Some(flows), "{name}: {pair:?}\n{}", show(network));
    }
    for pair in classes.keys() {
        assert!(members.contains_key(pair), "{name}: {pair:?} is closed\n{}", show(network));
    }
}

#[test]
fn members_of_a_class_are_as_the_class_says_in_small_networks() {
    for seed in 0..200 {
        agree_on(&generate::network(seed), &format!("seed {seed}"));
        agree_on(&generate::aws::network(seed), &format!("seed {seed} of AWS"));
    }
    // Two members of one seat that only a rule of the receiver tells apart.
    agree_on(&generate::aws::network(4937), "seed 4937 of AWS");
}

#[test]
fn members_of_a_class_are_as_the_class_says_in_an_estate() {
    for seed in 0..3 {
        agree_on(&estate::network(150, seed), &format!("estate {seed}"));
    }
}

#[test]
fn an_address_that_is_listed_twice_is_reached_by_its_first_entry_and_sent_from_by_both() {
    let network = estate::network(150, 0);
    let (_, public) = network.public_addresses.iter().next().unwrap();
    let mut twice = public.clone();
    let has_public = |id: InterfaceId| {
        network.public_addresses.iter().any(|(_, it)| match it.target {
            Some(PublicAddressTarget::Interface { interface, .. }) => interface == id,
            _ => false,
        })
    };
    let others: Vec<InterfaceId> = network
        .interfaces
        .iter()
        .filter(|(id, it)| {
            network.instance_of(*id).is_some() && it.addresses.len() == 1 && !has_public(*id)
        })
        .map(|(id, _)| id)
        .collect();
    for interface in [others[1], others[others.len() / 2]] {
        let mut network = network.clone();
        let address = network.interfaces[interface].addresses[0];
        twice.target = Some(PublicAddressTarget::Interface { interface, address });
        network.public_addresses.push(twice.clone());
        agree_on(&network, "an address listed twice");
    }
}

#[test]
fn an_answer_with_too_many_pairs_of_classes_is_refused() {
    let network = estate::network(300, 1);
    let plan = Plan::of(&network);
    let whole = by_plan(&plan, MOST_PAIRS, |_, _| ()).unwrap();
    let pairs: usize = whole.rows.iter().map(Vec::len).sum();
    let ends = whole.work.ends;
    assert!(by_plan(&plan, 4 * pairs, |_, _| ()).is_ok());
    for most in [pairs - 1, pairs / 2, 1, 0] {
        let refused = by_plan(&plan, most, |_, _| ()).unwrap_err();
        assert_eq!(refused, TooDifferent { ends, most });
    }
}

#[test]
fn the_same_network_gives_the_same_answer_every_time() {
    let network = estate::network(300, 1);
    let once = reach(&network, |_, _| ()).unwrap();
    let again = reach(&network, |_, _| ()).unwrap();
    assert_eq!(once.sources, again.sources);
    assert_eq!(once.destinations, again.destinations);
    let flows = |reach: &Reach| -> Vec<Vec<(usize, Flows)>> {
        let row = |row: &Vec<(usize, usize)>| {
            row.iter().map(|(to, flows)| (*to, reach.flows[*flows].clone())).collect()
        };
        reach.rows.iter().map(row).collect()
    };
    assert_eq!(flows(&once), flows(&again));
    assert_eq!(once.work, again.work);
}
