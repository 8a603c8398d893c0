//! How many questions are reachable, and what decides those that are not.

use std::collections::{BTreeMap, BTreeSet};

use canreach_model::{Choices, Network, Valuation};

use crate::{
    constructs::{constructs, deciding},
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
    assert!((22..=60).contains(&shares.percent(Truth::Reachable)), "{shares:#?}");
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

#[test]
#[ignore = "thousands of questions: run with `--release -- --ignored` after changing the generator"]
fn every_construct_of_the_model_decides_some_answers() {
    let constructs = constructs();
    let mut decided: BTreeMap<&str, usize> =
        constructs.iter().map(|construct| (construct.name, 0)).collect();
    for seed in 0..3_000 {
        let network = network(seed);
        let universe = Universe::of(&network);
        for question in questions(seed, &network, &universe, 3) {
            let answer = brute_force(&network, &question, &universe);
            for name in deciding(&constructs, &network, &question, &universe, &answer) {
                *decided.entry(name).or_default() += 1;
            }
        }
    }
    println!("{decided:#?}");
    assert!(decided.values().all(|count| *count > 0), "{decided:#?}");
}
