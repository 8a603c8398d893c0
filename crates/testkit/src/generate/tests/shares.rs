//! How many questions are reachable, and what decides those that are not.

use std::collections::{BTreeMap, BTreeSet};

use canreach_model::{
    Choices, Combine, EntryRouting, GroupReference, InternetAccess, Network, Profile, Setting,
    Valuation,
};

use crate::{
    generate::{network, questions},
    oracle::{End, Lost, Question, Truth, Universe, Way, brute_force, headers, story},
};

/// What became of the questions about many networks.
#[derive(Debug, Default)]
struct Shares {
    asked: usize,
    delivered: BTreeMap<Truth, usize>,
    answered: BTreeMap<Truth, usize>,
    /// Questions whose `answered` is not reachable, by each reason why a packet of theirs was lost.
    reasons: BTreeMap<String, usize>,
    /// Those for which there was no other reason.
    alone: BTreeMap<String, usize>,
}

impl Shares {
    fn measure(seeds: std::ops::Range<u64>, per_network: usize) -> Self {
        let mut shares = Self::default();
        for seed in seeds {
            let network = network(seed);
            let universe = Universe::of(&network);
            for question in questions(seed, &network, &universe, per_network) {
                shares.count(&network, &question, &universe);
            }
        }
        shares
    }

    fn count(&mut self, network: &Network, question: &Question, universe: &Universe) {
        let answer = brute_force(network, question, universe);
        self.asked += 1;
        *self.delivered.entry(answer.delivered).or_default() += 1;
        *self.answered.entry(answer.answered).or_default() += 1;
        if answer.answered == Truth::Reachable {
            return;
        }
        let reasons = reasons(network, question, universe);
        if let [only] = Vec::from_iter(&reasons)[..] {
            *self.alone.entry(only.clone()).or_default() += 1;
        }
        for reason in reasons {
            *self.reasons.entry(reason).or_default() += 1;
        }
    }

    fn percent(&self, truth: Truth) -> usize {
        100 * self.answered.get(&truth).copied().unwrap_or(0) / self.asked
    }
}

/// Why packets of a question that have an answer are lost, with the first choice and no fact true.
fn reasons(network: &Network, question: &Question, universe: &Universe) -> BTreeSet<String> {
    let tell = |header| {
        let (valuation, choices) = (Valuation::default(), Choices::default());
        story(network, question.from, header, question.to, &valuation, &choices)
    };
    headers(network, question, universe)
        .into_iter()
        .filter(|header| header.reply().is_some())
        .map(tell)
        .filter(|story| !story.fate.answered)
        .map(|story| match &story.reply {
            Some(reply) => format!("reply: {}", end_of(reply)),
            None => format!("request: {}", end_of(&story.request)),
        })
        .collect()
}

fn end_of(way: &Way) -> String {
    match way.end {
        End::Lost(Lost::Obstacle(name)) => name.to_owned(),
        End::Lost(Lost::Filter(checkpoint)) => {
            format!("{:?} {}", checkpoint.layer.kind(), checkpoint.direction)
        }
        End::Delivered(..) => "changed or elsewhere".to_owned(),
        End::Unmodelled => "unmodelled".to_owned(),
    }
}

#[test]
fn a_good_share_of_questions_is_reachable() {
    let shares = Shares::measure(0..120, 3);
    println!("{shares:#?}");
    assert!((25..=60).contains(&shares.percent(Truth::Reachable)), "{shares:#?}");
    assert!(shares.percent(Truth::Unknown) >= 1, "{shares:#?}");
}

#[test]
#[ignore = "thousands of questions: run with `--release -- --ignored` after changing the generator"]
fn every_construct_decides_some_answers() {
    let shares = Shares::measure(0..1500, 3);
    println!("{shares:#?}");
    let deciding = [
        "request: SecurityGroup egress",
        "request: SecurityGroup ingress",
        "request: NetworkAcl egress",
        "request: NetworkAcl ingress",
        "request: Listener ingress",
        "request: NoRoute",
        "request: Blackhole",
        "request: Unmodelled",
        "request: PeeringInactive",
        "request: PeeringElsewhere",
        "request: NotTransitive",
        "request: GatewayNotAttached",
        "request: NoInternetGateway",
        "request: EgressOnly",
        "request: NoPublicAddress",
        "request: InternetGatewayDenied",
        "request: NatElsewhere",
        "request: NatProtocol",
        "request: NoSourceTranslation",
        "request: NoDestinationTranslation",
        "request: NobodyHas",
        "request: PublicAddressUnused",
        "request: Detached",
        "request: NotRoutedOnInternet",
        "request: RoutingLoop",
        "request: changed or elsewhere",
        "reply: SecurityGroup egress",
        "reply: SecurityGroup ingress",
        "reply: NetworkAcl egress",
        "reply: NetworkAcl ingress",
        "reply: NoRoute",
        "reply: changed or elsewhere",
    ];
    for reason in deciding {
        assert!(
            shares.alone.contains_key(reason),
            "`{reason}` alone decides no answer: {shares:#?}"
        );
    }
}

type Change = (&'static str, fn(&mut Profile));

/// Every parameter of a profile that the page speaks of, turned to another value.
const CHANGES: [Change; 16] = [
    ("combine", |profile| {
        let combine = &mut profile.security_group.combine;
        *combine =
            if *combine == Combine::AnyAllow { Combine::FirstMatch } else { Combine::AnyAllow };
    }),
    ("default_priority", |profile| {
        let priority = &mut profile.security_group.default_priority;
        *priority = Setting::Decided(if *priority == Setting::Decided(1) { 100 } else { 1 });
    }),
    ("security group stateful", |profile| {
        profile.security_group.stateful = !profile.security_group.stateful;
    }),
    ("group_reference", |profile| {
        profile.security_group.group_reference = match profile.security_group.group_reference {
            GroupReference::PrivateAddresses => GroupReference::AllAddresses,
            GroupReference::AllAddresses => GroupReference::PrivateAddresses,
        };
    }),
    ("reference_needs_peering", |profile| {
        let needs = &mut profile.security_group.reference_needs_peering;
        *needs = !*needs;
    }),
    ("security group exempt", |profile| profile.security_group.exempt.clear()),
    ("network acl stateful", |profile| {
        profile.network_acl.stateful = !profile.network_acl.stateful;
    }),
    ("filters_inside_subnet", |profile| {
        profile.network_acl.filters_inside_subnet = !profile.network_acl.filters_inside_subnet;
    }),
    ("network acl exempt", |profile| profile.network_acl.exempt.clear()),
    ("local_beats_custom", |profile| {
        profile.routing.local_beats_custom = !profile.routing.local_beats_custom;
    }),
    ("entry", |profile| {
        profile.routing.entry = match profile.routing.entry {
            EntryRouting::LocalOnly => EntryRouting::DefaultTable,
            EntryRouting::DefaultTable => EntryRouting::LocalOnly,
        };
    }),
    ("public_address_beats_default_route", |profile| {
        let beats = &mut profile.routing.public_address_beats_default_route;
        *beats = !*beats;
    }),
    ("internet", |profile| {
        profile.routing.internet = match profile.routing.internet {
            InternetAccess::Gateway => InternetAccess::PublicAddress,
            InternetAccess::PublicAddress => InternetAccess::Gateway,
        };
    }),
    ("to_peering", |profile| {
        let to_peering = &mut profile.peering.to_peering;
        *to_peering = Setting::Decided(*to_peering != Setting::Decided(true));
    }),
    ("to_internet_gateway", |profile| {
        profile.peering.to_internet_gateway = !profile.peering.to_internet_gateway;
    }),
    ("to_nat_gateway", |profile| {
        profile.peering.to_nat_gateway = !profile.peering.to_nat_gateway;
    }),
];

#[test]
#[ignore = "thousands of questions: run with `--release -- --ignored` after changing the generator"]
fn every_parameter_of_a_profile_decides_some_answers() {
    let mut changed: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..1_500 {
        let network = network(seed);
        let universe = Universe::of(&network);
        let questions = questions(seed, &network, &universe, 3);
        let truths = |network: &Network| -> Vec<(Truth, Truth)> {
            let answers =
                questions.iter().map(|question| brute_force(network, question, &universe));
            answers.map(|answer| (answer.delivered, answer.answered)).collect()
        };
        let before = truths(&network);
        for (name, change) in CHANGES {
            let mut other = network.clone();
            for vpc in network.vpcs.ids() {
                change(&mut other.vpcs[vpc].profile);
            }
            let after = truths(&other);
            let differences = before.iter().zip(&after).filter(|(before, after)| before != after);
            *changed.entry(name).or_default() += differences.count();
        }
    }
    println!("{changed:#?}");
    assert!(changed.values().all(|count| *count > 0), "{changed:#?}");
}
