//! Dumps of AWS: a network is generated, written as AWS describes it, and read again; then the verdicts
//! about what was read must be those that brute force finds in the network as it was generated.
//!
//! So the importer is tested together with the engines, against what the generator meant. The order of
//! files and of the objects in them, and how answers are cut into files, must change nothing.

#[path = "dumps/reading.rs"]
mod reading;
mod support;

use std::collections::BTreeMap;

use canreach_model::{Endpoint, Network, Profile, ProfileName, RouteTarget, RuleSet, Table};
use canreach_net::{PortSet, Protocol};
use canreach_query::{Options, Session, Verdict};
use canreach_testkit::{
    builder::address,
    dump::{Layout, dump},
    estate,
    generate::{aws, questions},
    oracle::{Question, Truth, Universe, brute_force},
    show,
};
use rayon::prelude::*;
use reading::{Files, read, reordered};
use support::{RLIMIT, asked_seeds, gave_up, in_our_words};

const OPTIONS: Options = Options { rlimit: RLIMIT, explain: false };

/// The networks of a short run.
const SEEDS: std::ops::Range<u64> = 0..60;

fn layout(seed: u64) -> Layout {
    if seed.is_multiple_of(2) { Layout::Collected } else { Layout::Printed }
}

fn generated(seed: u64) -> (Network, Files) {
    let network = aws::network(seed);
    let files = dump(&network, layout(seed));
    (network, files)
}

/// The same end in the network that was read, by its id.
#[expect(clippy::panic, reason = "a test that fails says with what")]
fn end_of(network: &Network, read: &Network, end: Endpoint) -> Endpoint {
    match end {
        Endpoint::Interface(id) => {
            let id = &network.interfaces[id].meta.id;
            let mut all = read.interfaces.iter();
            let found = all.find(|(_, it)| it.meta.id == *id);
            Endpoint::Interface(found.unwrap_or_else(|| panic!("no interface {id}")).0)
        }
        Endpoint::LoadBalancer(id) => {
            let id = &network.load_balancers[id].meta.id;
            let mut all = read.load_balancers.iter();
            let found = all.find(|(_, it)| it.meta.id == *id);
            Endpoint::LoadBalancer(found.unwrap_or_else(|| panic!("no balancer {id}")).0)
        }
        Endpoint::Internet | Endpoint::Nobody => end,
        Endpoint::VirtualAddress(_) | Endpoint::Remote(_) => panic!("AWS dumps have no {end:?}"),
    }
}

fn same(verdict: Verdict, truth: Truth) -> bool {
    matches!(
        (verdict, truth),
        (Verdict::Reachable, Truth::Reachable)
            | (Verdict::Unreachable, Truth::Unreachable)
            | (Verdict::Unknown, Truth::Unknown)
    )
}

/// How much is open in a network that was read: what instances do with packets of others. The resolver that
/// every VPC of AWS has is open too; no generated question is about its address.
fn open(network: &Network) -> usize {
    let facts = network.facts.iter().map(|(_, fact)| &fact.statement);
    facts.filter(|statement| !statement.starts_with("the Amazon resolver of")).count()
}

/// Two texts must be the same; if not, the lines that differ are told.
fn assert_same(seed: u64, one: &Network, other: &Network) {
    let (one, other) = (show(one), show(other));
    let differing: Vec<_> =
        one.lines().zip(other.lines()).filter(|(one, other)| one != other).collect();
    assert!(one == other, "seed {seed}: {differing:#?}");
}

/// Asks some questions about one network; returns how often each answer came.
#[expect(clippy::panic, reason = "a test that fails says with what")]
fn agree_on(seed: u64) -> BTreeMap<String, usize> {
    let (network, files) = generated(seed);
    let read = read(seed, &files);
    assert_eq!(network.facts.len(), open(&read), "seed {seed}: {:#?}", read.facts);
    let session = Session::new(&read);
    let universe = Universe::of(&network);
    let mut counts = BTreeMap::new();
    for question in questions(seed, &network, &universe, 3) {
        let expected = brute_force(&network, &question, &universe);
        let asked = Question {
            from: end_of(&network, &read, question.from),
            to: end_of(&network, &read, question.to),
            ..question.clone()
        };
        let asked = in_our_words(&read, &asked);
        let answer = session
            .ask(&asked, &OPTIONS, || ())
            .unwrap_or_else(|error| panic!("seed {seed}: {question:?}\n{error}\n{}", show(&read)));
        if gave_up(&answer) {
            *counts.entry(String::from("given up")).or_default() += 1;
            continue;
        }
        assert!(
            same(answer.delivered, expected.delivered) && same(answer.answered, expected.answered),
            "seed {seed}: {question:?}\nquery: delivered {:?}, answered {:?}, {:?}\noracle: {expected:?}\n{}\nread:\n{}",
            answer.delivered,
            answer.answered,
            answer.witness.map(|witness| witness.header),
            show(&network),
            show(&read),
        );
        *counts.entry(format!("answered {:?}", answer.answered)).or_default() += 1;
    }
    counts
}

#[test]
fn verdicts_about_a_dump_are_those_of_the_network_it_was_made_from() {
    // CANREACH_SEEDS=0..5000 cargo test --release -p canreach-query --test dumps_layouts -- --nocapture
    let seeds = asked_seeds().unwrap_or(SEEDS);
    let counts = seeds.into_par_iter().map(agree_on).reduce(BTreeMap::new, |mut all, more| {
        for (what, count) in more {
            *all.entry(what).or_default() += count;
        }
        all
    });
    println!("{counts:#?}");
    for verdict in ["Reachable", "Unreachable", "Unknown"] {
        let count = counts.get(&format!("answered {verdict}")).copied().unwrap_or_default();
        assert!(count > 1, "the networks show every verdict: {counts:?}");
    }
}

#[test]
fn the_order_of_files_and_objects_and_how_answers_are_cut_change_nothing() {
    asked_seeds().unwrap_or(SEEDS).into_par_iter().for_each(|seed| {
        let (_, files) = generated(seed);
        let (once, again) = (read(seed, &files), read(seed, &reordered(&files)));
        assert_same(seed, &once, &again);
    });
}

#[test]
fn both_layouts_describe_one_network() {
    asked_seeds().unwrap_or(SEEDS).into_par_iter().for_each(|seed| {
        let network = aws::network(seed);
        let [one, other] = [Layout::Collected, Layout::Printed].map(|it| dump(&network, it));
        assert_same(seed, &read(seed, &one), &read(seed, &other));
    });
}

#[expect(clippy::panic, reason = "a test that fails says with what")]
fn interface(network: &Network, id: &str) -> Endpoint {
    let mut all = network.interfaces.iter();
    let found = all.find(|(_, it)| it.meta.id == id);
    Endpoint::Interface(found.unwrap_or_else(|| panic!("no interface {id}")).0)
}

/// The network without what every VPC of AWS has besides: a resolver, and rules at the end of its ACLs
/// that deny what no other matches.
fn without_additions(network: &Network) -> Network {
    let mut network = network.clone();
    let plain = Profile::new(ProfileName::Aws, &mut Table::default());
    for id in network.vpcs.ids() {
        network.vpcs[id].profile = plain.clone();
    }
    for id in network.route_tables.ids() {
        let routes = &mut network.route_tables[id].routes;
        routes.retain(|route| !matches!(route.target, RouteTarget::Unresolved(_)));
    }
    for id in network.network_acls.ids() {
        let RuleSet { ingress, egress } = &mut network.network_acls[id].rules;
        for rules in [ingress, egress] {
            rules.retain(|rule| rule.number.is_some_and(|number| number < 32767));
        }
    }
    network.facts = Table::default();
    network
}

#[test]
fn estates_are_read_as_they_were_made() {
    for (interfaces, seed) in [(100, 1), (1000, 2), (2600, 3)] {
        let estate = estate::network(interfaces, seed);
        let read = read(seed, &dump(&estate, Layout::Collected));
        assert_eq!(open(&read), 0, "{:#?}", read.facts);
        assert_same(seed, &estate, &without_additions(&read));
    }
}

#[test]
fn an_estate_of_a_thousand_interfaces_answers() {
    let estate = aws::estate();
    let read = read(0, &dump(&estate, Layout::Collected));
    let listed = read.interfaces.iter().filter(|(_, it)| it.meta.id.starts_with("eni-")).count();
    assert_eq!((listed, open(&read)), (3 * 4 * 85 + 3 * 2, 0));
    let session = Session::new(&read);
    let ask = |from: &str, source: &str, to: &str, destination: &str, port: u16| {
        let end = |id: &str| {
            if id == "Internet" { Endpoint::Internet } else { interface(&read, id) }
        };
        let (sources, destinations) = (vec![address(source)], vec![address(destination)]);
        let mut question = Question::new(end(from), sources, end(to), destinations);
        question.protocol = Some(Protocol::TCP);
        question.ports = PortSet::single(port);
        let answer = session.ask(&in_our_words(&read, &question), &OPTIONS, || ());
        answer.expect("a question about what is there").answered
    };
    // The numbers of interfaces are explained where the estate is made.
    let (yes, no) = (Verdict::Reachable, Verdict::Unreachable);
    // An application and a web server to the database beside them.
    assert_eq!(ask("eni-2", "10.0.0.12", "eni-1", "10.0.0.11", 5432), yes);
    assert_eq!(ask("eni-2", "10.0.0.12", "eni-1", "10.0.0.11", 5433), no);
    assert_eq!(ask("eni-0", "10.0.0.10", "eni-1", "10.0.0.11", 5432), no);
    // Group references do not cross a transit gateway that does not support them.
    assert_eq!(ask("eni-342", "10.1.0.12", "eni-1", "10.0.0.11", 5432), no);
    // Applications of two VPCs, over the transit gateway; the third VPC's ACL stops the first VPC's.
    assert_eq!(ask("eni-2", "10.0.0.12", "eni-342", "10.1.0.12", 8080), yes);
    assert_eq!(ask("eni-2", "10.0.0.12", "eni-682", "10.2.0.12", 8080), no);
    assert_eq!(ask("eni-342", "10.1.0.12", "eni-682", "10.2.0.12", 8080), yes);
    // The answers come back into the first VPC, and into the third one they do not.
    assert_eq!(ask("eni-682", "10.2.0.12", "eni-342", "10.1.0.12", 8080), yes);
    assert_eq!(ask("eni-682", "10.2.0.12", "eni-2", "10.0.0.12", 8080), no);
    // From the Internet: a web server with a public address, at its port only.
    assert_eq!(ask("Internet", "8.8.8.8", "eni-0", "203.0.113.1", 443), yes);
    assert_eq!(ask("Internet", "8.8.8.8", "eni-0", "203.0.113.1", 22), no);
    assert_eq!(ask("eni-2", "10.0.0.12", "Internet", "8.8.8.8", 443), no);
}
