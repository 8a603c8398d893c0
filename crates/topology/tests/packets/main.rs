//! Packet by packet: the walk a packet takes, `eval` and the brute-force oracle must agree.
//!
//! No solver takes part. A header picks the one walk whose guard admits it, and the filters on that
//! walk are asked one by one. That checks guards, views and ends; the encoding of filters is checked
//! where the solver is.

#![expect(clippy::panic, reason = "a test says what differs, and stops")]

mod dense;

use std::collections::{BTreeMap, BTreeSet};

use canreach_eval::{Flow, Packet, judge, judge_reply, round_trip};
use canreach_model::{Choices, Chooser, Endpoint, Network, Pass, Translator, Valuation};
use canreach_net::{AddressSet, Family, Header};
use canreach_testkit::{
    generate, oracle,
    oracle::{Universe, fate, story},
    show,
};
use canreach_topology::{
    Condition, End, Guard, HeaderSet, HeaderView, Limit, Mode, PortView, Question, Topology, Trip,
    Walk, explore,
};

/// One assignment of everything that is open.
struct World<'n> {
    network: &'n Network,
    valuation: Valuation,
    choices: Choices,
}

impl World<'_> {
    fn port(&self, translator: Translator) -> u16 {
        let vpc = match translator {
            Translator::NatGateway(gateway) => self.network.nat_gateways[gateway].vpc,
            Translator::LoadBalancer(interface) => self.network.vpc_of(interface),
        };
        let first = self.network.vpcs[vpc].profile.translation.ports.first();
        self.choices.ports.get(&translator).copied().unwrap_or(first)
    }

    fn admits(&self, guard: &Guard, header: &Header) -> bool {
        let chosen =
            |chooser: &Chooser| self.choices.picks.get(chooser).copied().unwrap_or_default();
        guard.headers.contains(header)
            && guard.conditions.iter().all(|condition| self.holds(*condition, header))
            && guard.picks.iter().all(|(chooser, index)| chosen(chooser) == *index)
    }

    fn holds(&self, condition: Condition, header: &Header) -> bool {
        match condition {
            Condition::Fact(fact, value) => self.valuation.is_true(fact) == value,
            Condition::SamePort(a, b, equal) => {
                let port = |view: PortView| {
                    let with = HeaderView { destination_port: view, ..HeaderView::ORIGINAL };
                    with.of(header, |translator| self.port(translator)).transport.ports()
                };
                let same = port(a).map(|p| p.destination) == port(b).map(|p| p.destination);
                same == equal
            }
            Condition::SameAddress(a, b, equal) => {
                let address = |view| {
                    let with = HeaderView { destination: view, ..HeaderView::ORIGINAL };
                    with.of(header, |translator| self.port(translator)).destination
                };
                (address(a) == address(b)) == equal
            }
        }
    }

    /// Whether every filter on a walk lets the packet through.
    fn passes(&self, walk: &Walk, header: &Header) -> bool {
        walk.crossings().all(|crossing| {
            let seen = crossing.header.of(header, |translator| self.port(translator));
            let packet = Packet {
                header: seen,
                forwarded: crossing.forwarded,
                sent_on_by: crossing.sent_on_by,
            };
            let (network, checkpoint) = (self.network, crossing.checkpoint);
            let judged = match walk.pass {
                Pass::Request => judge(network, checkpoint, packet, &self.valuation),
                Pass::Reply => {
                    judge_reply(network, checkpoint, packet, crossing.known, &self.valuation)
                }
            };
            assert!(judged.passes() || !crossing.as_reply, "{checkpoint:?} takes no look");
            judged.passes()
        })
    }

    /// Follows the one trip that admits a header: whether it is delivered, and answered.
    fn follow(&self, trips: &[Trip], to: Endpoint, header: &Header) -> (bool, bool) {
        let admitting: Vec<&Trip> =
            trips.iter().filter(|trip| self.admits(&trip.request.guard, header)).collect();
        let [trip] = admitting[..] else {
            panic!("{header} takes one walk, not {}", admitting.len())
        };
        if !self.passes(&trip.request, header) {
            return (false, false);
        }
        match trip.request.end {
            End::Stopped(_) => (false, false),
            End::Unmodelled(fact) => (self.valuation.is_true(fact), self.valuation.is_true(fact)),
            End::Arrived(at) if at != to => (false, false),
            End::Arrived(_) => {
                let back: Vec<&Walk> =
                    trip.replies.iter().filter(|walk| self.admits(&walk.guard, header)).collect();
                let [back] = back[..] else {
                    panic!("the reply to {header} takes one walk, not {}", back.len())
                };
                let answered = self.passes(back, header)
                    && match back.end {
                        End::Arrived(_) => true,
                        End::Unmodelled(fact) => self.valuation.is_true(fact),
                        End::Stopped(_) => false,
                    };
                (true, answered)
            }
        }
    }
}

/// The same choices, where a pick that no walk of the trips makes means the first: one past the end
/// of a list does.
fn within_lists(choices: &Choices, trips: &[Trip]) -> Choices {
    let walks = trips.iter().flat_map(|trip| trip.replies.iter().chain([&trip.request]));
    let made: BTreeSet<_> = walks.flat_map(|walk| walk.guard.picks.iter().copied()).collect();
    let mut within = choices.clone();
    within.picks.retain(|chooser, pick| made.contains(&(*chooser, *pick)));
    within
}

/// The real trips of a question of the oracle, for both families.
fn trips(topology: &Topology<'_>, question: &oracle::Question) -> Result<Vec<Trip>, Limit> {
    trips_in(Mode::Real, topology, question)
}

fn trips_in(
    mode: Mode,
    topology: &Topology<'_>,
    question: &oracle::Question,
) -> Result<Vec<Trip>, Limit> {
    let sources: AddressSet = question.sources.iter().copied().collect();
    let destinations: AddressSet = question.destinations.iter().copied().collect();
    let all = HeaderSet::between(sources, destinations);
    let mut trips = Vec::new();
    for family in Family::BOTH {
        let headers = all.of_family(family);
        let flows = Question { from: question.from, to: question.to, headers };
        trips.extend(explore(topology, &flows, mode)?);
    }
    Ok(trips)
}

/// How often what happened.
type Counts = BTreeMap<&'static str, usize>;

/// Asks every packet of some questions about a network; returns how many passed.
fn agree(name: &str, network: &Network, questions: &[oracle::Question]) -> Counts {
    let topology = Topology::new(network);
    let universe = Universe::of(network);
    let mut counts = Counts::new();
    for question in questions {
        let Ok(trips) = trips(&topology, question) else {
            *counts.entry("given up").or_default() += 1;
            continue;
        };
        let headers = oracle::headers(network, question, &universe);
        for valuation in oracle::all_valuations(network) {
            for choices in oracle::all_choices(network, &universe.nat_ports) {
                for header in &headers {
                    let (delivered, answered) =
                        agree_on(name, network, &trips, question, *header, &valuation, &choices);
                    *counts.entry("packets").or_default() += 1;
                    *counts.entry("answered").or_default() += usize::from(answered);
                    *counts.entry("delivered only").or_default() +=
                        usize::from(delivered && !answered);
                }
            }
        }
    }
    counts
}

/// Asks one packet of a question; returns whether it is delivered, and answered.
fn agree_on(
    name: &str,
    network: &Network,
    trips: &[Trip],
    question: &oracle::Question,
    header: Header,
    valuation: &Valuation,
    choices: &Choices,
) -> (bool, bool) {
    let within = within_lists(choices, trips);
    let world = World { network, valuation: valuation.clone(), choices: within };
    let (from, to) = (question.from, question.to);
    let followed = world.follow(trips, to, &header);
    let walked = round_trip(network, &Flow { start: from, header }, to, valuation, choices);
    let judged = fate(network, from, header, to, valuation, choices);
    let evaluated = (walked.delivered(), walked.answered());
    let expected = (judged.delivered, judged.answered);
    assert!(
        followed == expected && evaluated == expected,
        "{name}: {header} from {from:?} to {to:?} with {valuation:?} and {choices:?}\n\
         walks {followed:?}, eval {evaluated:?}, oracle {expected:?}\n\
         eval ends {:?} and {:?}\n{}\n{}",
        walked.request.end,
        walked.reply.map(|reply| reply.end),
        story(network, from, header, to, valuation, choices).lines(),
        show(network)
    );
    expected
}

#[expect(clippy::print_stdout, reason = "a test may tell what it met")]
fn total_of(seeds: std::ops::Range<u64>, ask: impl Fn(u64) -> Counts) -> Counts {
    let mut total = Counts::new();
    for (what, count) in seeds.flat_map(ask) {
        *total.entry(what).or_default() += count;
    }
    println!("{total:?}");
    total
}

#[test]
fn walks_eval_and_oracle_agree_on_every_packet() {
    // More on demand: CANREACH_SEEDS=1000..3000 cargo test -p canreach-topology --test packets
    let total = total_of(seeds(0..60), |seed| {
        let network = generate::network(seed);
        let questions = generate::questions(seed, &network, &Universe::of(&network), 4);
        agree(&format!("seed {seed}"), &network, &questions)
    });
    assert!(total["answered"] > 1_000 && total["delivered only"] > 1_000, "{total:?}");
}

#[test]
fn they_agree_where_much_lies_between_the_ends() {
    let total = total_of(seeds(0..60), |seed| {
        let network = dense::network(seed);
        let questions = dense::questions(seed, &network, &Universe::of(&network), 6);
        agree(&format!("dense seed {seed}"), &network, &questions)
    });
    assert!(total["answered"] > 1_000 && total["delivered only"] > 1_000, "{total:?}");
}

#[test]
fn the_dense_networks_leave_little_out() {
    let mut met: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..300 {
        let network = dense::network(seed);
        let topology = Topology::new(&network);
        for question in dense::questions(seed, &network, &Universe::of(&network), 6) {
            for trip in trips(&topology, &question).unwrap_or_default() {
                for walk in trip.replies.iter().chain([&trip.request]) {
                    for what in met_on(walk) {
                        *met.entry(what).or_default() += 1;
                    }
                }
            }
        }
    }
    println!("{met:#?}");
    let missing: Vec<_> = MUST_MEET.iter().filter(|what| !met.contains_key(**what)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn what_needs_no_mending_is_the_same_when_mended() {
    for seed in 0..300 {
        let network = dense::network(seed);
        let topology = Topology::new(&network);
        for question in dense::questions(seed, &network, &Universe::of(&network), 6) {
            let Ok(real) = trips_in(Mode::Real, &topology, &question) else { continue };
            let mended = trips_in(Mode::Repaired, &topology, &question).unwrap_or_default();
            let whole = |walk: &Walk| walk.assumed().next().is_none();
            for trip in &real {
                let walk = &trip.request;
                assert!(
                    walk.assumed().next().is_none(),
                    "seed {seed}: nothing is mended in reality"
                );
                // Elsewhere is nowhere for those who mend.
                if !matches!(walk.end, End::Unmodelled(_)) && walk.end != End::Arrived(question.to)
                {
                    continue;
                }
                let same = mended.iter().find(|it| it.request == *walk);
                let Some(same) = same else { panic!("seed {seed}: {walk:?} is lost") };
                for back in trip.replies.iter().filter(|it| !matches!(it.end, End::Stopped(_))) {
                    assert!(same.replies.contains(back), "seed {seed}: {back:?} is lost");
                }
            }
            // What arrives without mending arrives in reality.
            for trip in mended.iter().filter(|it| whole(&it.request)) {
                let arrives = !matches!(trip.request.end, End::Stopped(_));
                let same = real.iter().any(|it| it.request == trip.request);
                assert!(same || !arrives, "seed {seed}: {:?} is made up", trip.request);
            }
        }
    }
}

/// What the walks of dense networks come by, among other things.
const MUST_MEET: [&str; 44] = [
    "Request arrives Internet",
    "Request arrives Interface",
    "Request arrives LoadBalancer",
    "Request arrives Remote",
    "Request arrives VirtualAddress",
    "Request unmodelled",
    "Reply arrives Interface",
    "Reply arrives Internet",
    "Reply arrives Remote",
    "Reply AttachmentSubnet",
    "Reply CloudFirewall as reply",
    "Reply CloudFirewall known",
    "Reply Connection",
    "Reply GatewayEndpoint",
    "Reply Holder",
    "Reply HostFirewall known",
    "Reply HostForwarding known",
    "Reply HostForwarding unknown",
    "Reply LoadBalancer",
    "Reply NatGateway",
    "Reply NetworkAcl known",
    "Reply Peering",
    "Reply SecurityGroups as reply",
    "Reply SecurityGroups known",
    "Reply Target",
    "Reply TransitGateway",
    "Request ListenerAccess unknown",
    "forwarded",
    "stops ConnectionDown",
    "stops EndpointElsewhere",
    "stops NoListener",
    "stops NoTarget",
    "stops NoTransitRoute",
    "stops NobodyHolds",
    "stops NotAdvertised",
    "stops NotAssociated",
    "stops NotAttached",
    "stops NotBehind",
    "stops NotForwarding",
    "stops NotInZone",
    "stops NotTransitive",
    "stops RoutingLoop",
    "stops SourceDestCheck",
    "stops TransitBlackhole",
];

fn met_on(walk: &Walk) -> Vec<String> {
    let pass = format!("{:?}", walk.pass);
    let places = walk.steps.iter().map(|step| format!("{pass} {}", kind(step.place)));
    let mut met: Vec<String> = places.collect();
    for crossing in walk.crossings() {
        let seen = match (crossing.as_reply, crossing.known) {
            (true, _) => "as reply",
            (false, true) => "known",
            (false, false) => "unknown",
        };
        met.push(format!("{pass} {} {seen}", kind(crossing.checkpoint.layer)));
        met.extend(crossing.forwarded.then(|| "forwarded".to_owned()));
    }
    met.extend(walk.guard.picks.iter().map(|(chooser, _)| format!("{pass} {}", kind(chooser))));
    met.push(match walk.end {
        End::Arrived(end) => format!("{pass} arrives {}", kind(end)),
        End::Stopped(obstacle) => format!("stops {}", kind(obstacle)),
        End::Unmodelled(_) => format!("{pass} unmodelled"),
    });
    met
}

/// The name of a variant.
fn kind(of: impl std::fmt::Debug) -> String {
    let text = format!("{of:?}");
    text.split(['(', ' ']).next().unwrap_or_default().to_owned()
}

/// The seeds to try: a range from the environment, or else the default.
#[expect(clippy::disallowed_methods, reason = "a test may be asked for more by its environment")]
fn seeds(default: std::ops::Range<u64>) -> std::ops::Range<u64> {
    let asked = std::env::var("CANREACH_SEEDS").ok();
    let range = asked.as_deref().and_then(|text| {
        let (first, last) = text.split_once("..")?;
        Some(first.parse().ok()?..last.parse().ok()?)
    });
    range.unwrap_or(default)
}
