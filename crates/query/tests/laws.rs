//! Laws of answers: what must hold between the answers about a network and about a changed one.
//!
//! They need no oracle, so they also watch what brute force does not look at: corrections, blockers and
//! the facts that decide. Networks come from a seed, which a failure names. Verdicts are ordered by
//! how open they are: unreachable, unknown, reachable.

#[path = "laws/edit.rs"]
mod edit;
#[path = "laws/layers.rs"]
mod layers;
#[path = "laws/open.rs"]
mod open;
#[path = "laws/settle.rs"]
mod settle;
mod support;

use std::collections::BTreeSet;

use canreach_model::{Checkpoint, Combine, FactId, Network, Polarity, VpcId};
use canreach_net::{PortSet, ProtocolSet};
use canreach_query::{Answer, Blocker, Blocking, Options, Question, Verdict, WalkAnswer, ask};
use canreach_testkit::{Random, generate, oracle::Universe, show};
use rayon::prelude::*;
use support::{RLIMIT, asked_seeds, gave_up, in_our_words};

const VERDICT: Options = Options { rlimit: RLIMIT, explain: false };
const EXPLAINED: Options = Options { rlimit: RLIMIT, explain: true };

/// One question about one generated network, and its answer.
struct Case {
    seed: u64,
    network: Network,
    question: Question,
    answer: Answer,
}

/// Asks a question; nothing where a limit was reached.
fn answer(network: &Network, question: &Question, options: Options) -> Option<Answer> {
    match ask(network, question, &options) {
        Ok(answer) if gave_up(&answer) => None,
        Ok(answer) => Some(answer),
        #[expect(clippy::panic, reason = "a test that fails says with what")]
        Err(error) => panic!("{error}\n{}", show(network)),
    }
}

/// Checks a law on every question about the networks of some seeds (more on demand:
/// `CANREACH_SEEDS=0..3000 cargo test --release -p canreach-query --test laws`). `law` returns how
/// often it had something to say, which must be at least `least` in all.
fn check(seeds: std::ops::Range<u64>, options: Options, least: usize, law: fn(&Case) -> usize) {
    check_where(|_| true, seeds, options, least, law);
}

/// The same on networks of some kind.
fn check_where(
    applies: fn(&Network) -> bool,
    seeds: std::ops::Range<u64>,
    options: Options,
    least: usize,
    law: fn(&Case) -> usize,
) {
    let of_seed = |seed: u64| -> usize {
        let network = generate::network(seed);
        if !applies(&network) {
            return 0;
        }
        let universe = Universe::of(&network);
        let asked = generate::questions(seed, &network, &universe, 3);
        let cases = (0..).zip(&asked).filter_map(|(number, asked)| {
            let one_way = (seed + number).is_multiple_of(3);
            let question = Question { one_way, ..in_our_words(&network, asked) };
            let answer = answer(&network, &question, options)?;
            Some(Case { seed, network: network.clone(), question, answer })
        });
        cases.map(|case| law(&case)).sum()
    };
    let spoken: usize = asked_seeds().unwrap_or(seeds).into_par_iter().map(of_seed).sum();
    assert!(spoken >= least, "the law had something to say only {spoken} times");
}

impl Case {
    /// The answer to the same question about a changed network.
    fn changed(&self, network: &Network) -> Option<Answer> {
        answer(network, &self.question, VERDICT)
    }

    #[track_caller]
    fn holds(&self, law: bool, changed: &Answer, what: &str) {
        assert!(
            law,
            "seed {}: {what}: {} became {}\n{:?}\n{}",
            self.seed,
            verdicts(&self.answer),
            verdicts(changed),
            self.question,
            show(&self.network)
        );
    }

    /// Checks that a change made nothing less reachable.
    #[track_caller]
    fn not_less(&self, changed: &Answer, what: &str) {
        let opened = openness(self.answer.answered) <= openness(changed.answered)
            && openness(self.answer.delivered) <= openness(changed.delivered);
        self.holds(opened, changed, what);
    }

    /// Whether an end is asked about itself.
    fn asks_itself(&self) -> bool {
        let (from, to) = (&self.question.sources, &self.question.destinations);
        from.iter().any(|from| to.iter().any(|to| from.endpoint == to.endpoint))
    }

    fn random(&self) -> Random {
        Random::new(self.seed ^ 0x1a3)
    }
}

fn verdicts(answer: &Answer) -> String {
    format!("delivered {:?}, answered {:?}", answer.delivered, answer.answered)
}

fn openness(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Unreachable => 0,
        Verdict::Unknown => 1,
        Verdict::Reachable => 2,
    }
}

/// Holds for groups that only allow, for those that go by priority and for ACLs, wherever the rule is
/// put: of the packets whose fate it decides it lets all through.
#[test]
fn adding_an_allow_rule_never_removes_reachability() {
    check(0..40, VERDICT, 100, |case| {
        let mut network = case.network.clone();
        let mut random = case.random();
        let mut added = 0;
        for list in edit::rule_lists(&case.network) {
            if random.chance(40) {
                let rule = edit::some_allow_rule(&mut random, &case.network);
                let rules = edit::rules_mut(&mut network, list);
                let last = u16::try_from(rules.len()).unwrap_or(u16::MAX);
                rules.insert(random.between(0, last).into(), rule);
                added += 1;
            }
        }
        let Some(changed) = case.changed(&network) else { return 0 };
        case.not_less(&changed, "allow rules added");
        usize::from(added > 0)
    });
}

/// Holds wherever it stands, too: what it stopped is decided by rules behind it, or stopped still.
#[test]
fn removing_a_deny_rule_never_removes_reachability() {
    check(0..60, VERDICT, 60, |case| {
        let mut network = case.network.clone();
        let mut random = case.random();
        let mut removed = 0;
        for list in edit::rule_lists(&case.network) {
            let rules = edit::rules_mut(&mut network, list);
            let before = rules.len();
            rules.retain(|rule| !edit::denies(rule) || random.chance(30));
            removed += before - rules.len();
        }
        if removed == 0 {
            return 0;
        }
        let Some(changed) = case.changed(&network) else { return 0 };
        case.not_less(&changed, "deny rules removed");
        1
    });
}

#[test]
fn rule_order_is_irrelevant_where_groups_only_allow() {
    check(0..60, VERDICT, 30, |case| {
        let only_allow =
            |vpc: VpcId| case.network.vpcs[vpc].profile.security_group.combine == Combine::AnyAllow;
        let mut network = case.network.clone();
        for id in case.network.interfaces.ids() {
            if only_allow(case.network.vpc_of(id)) {
                network.interfaces[id].security_groups.reverse();
            }
        }
        // A group whose order counts for some interface keeps it.
        let ordered: BTreeSet<_> = case
            .network
            .interfaces
            .iter()
            .filter(|(id, _)| !only_allow(case.network.vpc_of(*id)))
            .flat_map(|(_, interface)| interface.security_groups.clone())
            .collect();
        let mut moved = false;
        for group in case.network.security_groups.ids().filter(|id| !ordered.contains(id)) {
            let rules = &mut network.security_groups[group].rules;
            moved |= rules.ingress.len() > 1 || rules.egress.len() > 1;
            rules.ingress.reverse();
            rules.egress.reverse();
        }
        if !moved {
            return 0;
        }
        let Some(changed) = case.changed(&network) else { return 0 };
        let same =
            case.answer.delivered == changed.delivered && case.answer.answered == changed.answered;
        case.holds(same, &changed, "rules of groups turned round");
        1
    });
}

#[test]
fn answered_implies_delivered() {
    check(0..60, VERDICT, 100, |case| {
        let answer = &case.answer;
        let implied = openness(answer.answered) <= openness(answer.delivered);
        case.holds(implied, answer, "answered but not delivered");
        let asked = if case.question.one_way { answer.delivered } else { answer.answered };
        case.holds(answer.verdict == asked, answer, "the verdict is that on what was asked");
        1
    });
}

#[test]
fn a_decided_setting_gives_one_of_the_verdicts_between_which_a_disputed_one_is_undecided() {
    check(0..120, VERDICT, 60, |case| {
        let mut spoken = 0;
        for fact in settle::disputed_settings(&case.network) {
            let decided = [false, true]
                .map(|value| case.changed(&settle::settled(&case.network, fact, value)));
            let [Some(no), Some(yes)] = decided else { continue };
            let open = case.answer.verdict;
            for changed in [&no, &yes] {
                let stays = open == Verdict::Unknown || open == changed.verdict;
                case.holds(stays, changed, "a setting decided, which did not matter");
            }
            let never = [&no, &yes].iter().all(|it| it.verdict == Verdict::Unreachable);
            let told = never == (open == Verdict::Unreachable);
            case.holds(told, &yes, "unreachable means under either value");
            spoken += 1;
        }
        spoken
    });
}

/// With the values that help, an unknown question has a flow; with the values that hinder, none.
#[test]
fn settling_every_fact_moves_an_unknown_verdict_the_way_it_was_settled() {
    check(0..160, VERDICT, 8, |case| {
        // What is not modelled is taken as detached where it does not answer; but a host that is asked
        // about itself always gets there.
        if case.answer.verdict != Verdict::Unknown || case.asks_itself() {
            return 0;
        }
        let (mut helped, mut hindered) = (case.network.clone(), case.network.clone());
        let one_sided = settle::facts(&case.network, |polarity| polarity != Polarity::Neither);
        for fact in &one_sided {
            let helps = case.network.facts[*fact].polarity == Polarity::Helps;
            helped = settle::settled(&helped, *fact, helps);
            hindered = settle::settled(&hindered, *fact, !helps);
        }
        let settled = settle::disputed_settings(&case.network).is_empty();
        let Some(changed) = case.changed(&hindered) else { return 0 };
        let closed = changed.verdict != Verdict::Reachable
            && (!settled || changed.verdict == Verdict::Unreachable);
        case.holds(closed, &changed, "every fact hinders");
        // What lies beyond the input cannot be written down in the model.
        if settle::leads_beyond_the_input(&case.network) {
            return 1;
        }
        let Some(changed) = case.changed(&helped) else { return 1 };
        let opened = changed.verdict != Verdict::Unreachable
            && (!settled || changed.verdict == Verdict::Reachable);
        case.holds(opened, &changed, "every fact helps");
        1
    });
}

#[test]
fn settling_the_facts_of_a_deciding_set_as_it_says_makes_the_question_reachable() {
    check(0..200, VERDICT, 8, |case| {
        let mut spoken = 0;
        for set in &case.answer.deciding {
            let beyond: BTreeSet<FactId> = settle::facts_beyond_the_input(&case.network);
            if set.iter().any(|deciding| beyond.contains(&deciding.fact)) {
                continue;
            }
            let settled = set.iter().fold(case.network.clone(), |network, deciding| {
                settle::settled(&network, deciding.fact, deciding.value)
            });
            let Some(changed) = case.changed(&settled) else { continue };
            let opened = changed.verdict == Verdict::Reachable;
            case.holds(opened, &changed, &format!("{set:?} settled of {:?}", case.answer.deciding));
            spoken += 1;
        }
        spoken
    });
}

#[test]
fn widening_a_question_never_turns_reachable_into_unreachable() {
    check(0..40, VERDICT, 100, |case| {
        let mut random = case.random();
        let mut wide = case.question.clone();
        if random.chance(50) {
            wide.traffic.destination_ports = PortSet::all();
        }
        if random.chance(50) {
            wide.traffic.protocols = ProtocolSet::all();
        }
        // An end more; but in a question about sets, an end is not asked about itself.
        if !case.asks_itself()
            && let Some(other) = random.pick_any(&edit::ends(&case.network))
        {
            if random.chance(50) { &mut wide.sources } else { &mut wide.destinations }.push(other);
        }
        let Some(changed) = answer(&case.network, &wide, VERDICT) else { return 0 };
        case.not_less(&changed, &format!("asked more widely: {wide:?}"));
        1
    });
}

#[test]
fn each_correction_of_filters_alone_opens_the_question() {
    check(0..60, EXPLAINED, 25, |case| {
        let mut spoken = 0;
        for correction in &case.answer.corrections {
            let Some(filters) = checkpoints(&correction.changes) else { continue };
            let mut network = case.network.clone();
            for checkpoint in filters {
                open::open(&mut network, checkpoint);
            }
            let Some(changed) = case.changed(&network) else { continue };
            let opened = changed.verdict != Verdict::Unreachable;
            case.holds(opened, &changed, &format!("corrected by {:?}", correction.changes));
            spoken += 1;
        }
        spoken
    });
}

/// Where every walk that could arrive is blocked by one filter, that filter is enough.
#[test]
fn every_blocker_named_alone_stops_the_question_when_all_other_filters_are_open() {
    check(0..80, EXPLAINED, 25, |case| {
        // A longer list is cut off.
        if case.answer.verdict != Verdict::Unreachable || case.answer.walks.len() >= 24 {
            return 0;
        }
        let arriving: Vec<&WalkAnswer> = case
            .answer
            .walks
            .iter()
            .filter(|walk| walk.blockers.iter().all(|it| filter_of(it).is_some()))
            .collect();
        let Some(first) = arriving.first() else { return 0 };
        let everywhere = |blocker: &&Blocker| {
            arriving.iter().all(|walk| {
                walk.blockers.iter().any(|other| filter_of(other) == filter_of(blocker))
            })
        };
        let mut spoken = 0;
        for blocker in first.blockers.iter().filter(everywhere) {
            let Some(kept) = filter_of(blocker) else { continue };
            let network = open::open_all_but(&case.network, kept);
            let Some(changed) = case.changed(&network) else { continue };
            let stopped = changed.verdict == Verdict::Unreachable;
            case.holds(stopped, &changed, &format!("all filters open but {blocker:?}"));
            spoken += 1;
        }
        spoken
    });
}

/// The checkpoints to open, if every change is one of a filter.
fn checkpoints(changes: &[Blocker]) -> Option<Vec<Checkpoint>> {
    changes.iter().map(filter_of).collect()
}

fn filter_of(blocker: &Blocker) -> Option<Checkpoint> {
    match blocker.blocking {
        Blocking::Filter { checkpoint, .. } => Some(checkpoint),
        Blocking::Obstacle { .. } => None,
    }
}
