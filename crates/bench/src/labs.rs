//! Whether the answers for all pairs agree with single questions, on every recorded probe.
//!
//! A lab is a folder with `probes.csv` (source, destination, protocol, port, …) beside its dump. Each
//! row is asked as a question, which the solver decides, and looked up in the answer for all pairs.

use std::{
    collections::HashMap,
    error::Error,
    path::{Path, PathBuf},
    time::Instant,
};

use canreach_model::{Endpoint, Network};
use canreach_query::{End, Options, Question, Role, Session, Traffic, Verdict, resolve};
use canreach_sets::{Algebra, FlowSet, Flows, Reach, reach};

use crate::dump;

/// Compares every probe of every lab in a folder; prints a line for each lab.
pub(crate) fn compare(folder: &Path) -> Result<bool, Box<dyn Error>> {
    let mut labs: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    labs.retain(|lab| lab.join("probes.csv").is_file());
    labs.sort();
    let mut all_agree = true;
    for lab in labs {
        let network = canreach_import::import(&dump::read(&lab)?).network;
        let begun = Instant::now();
        let reach = reach(&network, |_, _| ())?;
        let took = begun.elapsed();
        let (rows, differing) = rows(&lab, &network, &reach)?;
        println!(
            "{}: {rows} rows, {differing} differ; all pairs in {} ms",
            lab.file_name().unwrap_or_default().to_string_lossy(),
            took.as_millis()
        );
        all_agree &= differing == 0;
    }
    Ok(all_agree)
}

fn rows(lab: &Path, network: &Network, reach: &Reach) -> Result<(usize, usize), Box<dyn Error>> {
    let session = Session::new(network);
    let index = Index::of(reach);
    let (mut rows, mut differing) = (0, 0);
    for row in csv::Reader::from_path(lab.join("probes.csv"))?.records() {
        let row = row?;
        let field = |at: usize| row.get(at).unwrap_or_default();
        let (from, to, protocol, port) = (field(0), field(1), field(2), field(3));
        let protocol = if protocol == "icmp" { "icmp/8/0" } else { protocol };
        let traffic = Traffic::parse(Some(protocol), Some(port).filter(|it| !it.is_empty()))?;
        rows += 1;
        let sides = resolve(network, from, Role::Source)
            .and_then(|from| Ok((from, resolve(network, to, Role::Destination)?)));
        let Ok((sources, destinations)) = sides else { continue };
        if !sources.unowned.is_empty() || !destinations.unowned.is_empty() {
            continue;
        }
        let question = Question {
            from: from.to_owned(),
            to: to.to_owned(),
            sources: sources.ends,
            destinations: destinations.ends,
            unowned: Vec::new(),
            traffic,
            one_way: false,
        };
        let options = Options { rlimit: 50_000_000, explain: false };
        let answer = session.ask(&question, &options, || ())?;
        let (delivered, answered) = index.verdicts(&question);
        if (delivered, answered) != (answer.delivered, answer.answered) {
            differing += 1;
            println!(
                "{from} -> {to} {protocol} {port}: the solver says {:?} and {:?}, the sets {delivered:?} and {answered:?}",
                answer.delivered, answer.answered
            );
        }
    }
    Ok((rows, differing))
}

/// Where the ends of an answer are.
struct Index<'r> {
    reach: &'r Reach,
    sources: HashMap<Endpoint, Vec<(usize, &'r canreach_sets::End)>>,
    destinations: HashMap<Endpoint, Vec<(usize, &'r canreach_sets::End)>>,
}

impl<'r> Index<'r> {
    fn of(reach: &'r Reach) -> Self {
        let by_endpoint = |classes: &'r [canreach_sets::Class]| {
            let mut ends: HashMap<Endpoint, Vec<(usize, &canreach_sets::End)>> = HashMap::new();
            for (class, it) in classes.iter().enumerate() {
                for end in it.kinds.iter().flatten() {
                    ends.entry(end.endpoint).or_default().push((class, end));
                }
            }
            ends
        };
        let (sources, destinations) =
            (by_endpoint(&reach.sources), by_endpoint(&reach.destinations));
        Self { reach, sources, destinations }
    }

    /// Returns whether a request of a question is delivered, and whether it is answered.
    fn verdicts(&self, question: &Question) -> (Verdict, Verdict) {
        let traffic = &question.traffic;
        let asked = FlowSet::product(
            &traffic.protocols,
            &canreach_net::PortSet::all(),
            &traffic.destination_ports,
            &traffic.icmp_types,
            &traffic.icmp_codes,
        );
        let mut best = (Verdict::Unreachable, Verdict::Unreachable);
        for from in &question.sources {
            for to in &question.destinations {
                for flows in self.between(from, to) {
                    let verdict = |open: &FlowSet, maybe: &FlowSet| {
                        if !open.is_disjoint(&asked) {
                            Verdict::Reachable
                        } else if !maybe.is_disjoint(&asked) {
                            Verdict::Unknown
                        } else {
                            Verdict::Unreachable
                        }
                    };
                    best.0 = better(best.0, verdict(&flows.delivered, &flows.maybe_delivered));
                    best.1 = better(best.1, verdict(&flows.answered, &flows.maybe_answered));
                }
            }
        }
        best
    }

    fn between(&self, from: &End, to: &End) -> Vec<&'r Flows> {
        let found = |ends: &HashMap<Endpoint, Vec<(usize, &'r canreach_sets::End)>>, end: &End| {
            let all = ends.get(&end.endpoint).map_or(&[][..], Vec::as_slice);
            let meant = all.iter().filter(|(_, it)| !it.addresses.is_disjoint(&end.addresses));
            meant.copied().collect::<Vec<_>>()
        };
        let (sources, destinations) = (found(&self.sources, from), found(&self.destinations, to));
        let mut flows = Vec::new();
        for (source, from) in sources {
            for (destination, to) in &destinations {
                let number = if from.interface.is_some() && from.interface == to.interface {
                    let own = self.reach.itself.iter();
                    own.into_iter().find(|it| (it.0, it.1) == (source, *destination)).map(|it| it.2)
                } else {
                    let row = self.reach.rows.get(source).map_or(&[][..], Vec::as_slice);
                    let at = row.binary_search_by_key(destination, |it| it.0).ok();
                    at.and_then(|at| row.get(at)).map(|it| it.1)
                };
                flows.extend(number.and_then(|number| self.reach.flows.get(number)));
            }
        }
        flows
    }
}

/// Returns the verdict that lets more through.
fn better(a: Verdict, b: Verdict) -> Verdict {
    match (a, b) {
        (Verdict::Reachable, _) | (_, Verdict::Reachable) => Verdict::Reachable,
        (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
        (Verdict::Unreachable, Verdict::Unreachable) => Verdict::Unreachable,
    }
}
