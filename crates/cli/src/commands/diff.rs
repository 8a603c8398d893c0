//! `canreach diff`: which flows became possible and which stopped, between two networks or snapshots.

use std::path::{Path, PathBuf};

use canreach_import::import;
use canreach_model::Network;
use canreach_query::{Asked, Recorded, differ};
use canreach_report::pairs::{
    diff::{self as words, About, Evidence},
    evidence::evidence,
};
use canreach_sets::{Algebra, End, FlowSet};
use canreach_snapshot::{
    Snapshot,
    diff::{Change, Diff, DiffVerdict, Group, Member, diff},
};

use super::{query::pretty, snapshot};
use crate::{
    args::{self, ReportFormat},
    exit::Exit,
    failure::Failure,
    files, model, output,
};

pub(crate) fn run(args: &args::Diff) -> Result<Exit, Failure> {
    canreach_smt::check_solver()?;
    let old = Side::read(&args.old, &args.with_old)?;
    let new = Side::read(&args.new, &args.with_new)?;
    tell(&old, &new, args.format)
}

/// Prints what differs between two sides.
pub(crate) fn tell(old: &Side, new: &Side, format: ReportFormat) -> Result<Exit, Failure> {
    let found = diff(old.snapshot(), new.snapshot());
    let evidence = all_evidence(&found, old, new)?;
    let about = About { old: &old.name, new: &new.name, evidence: &evidence };
    output::print(&match format {
        ReportFormat::Text => words::text(&found, about),
        ReportFormat::Json => pretty(&words::document(&found, about))?,
    })?;
    Ok(match found.verdict() {
        DiffVerdict::Same => Exit::Done,
        DiffVerdict::Different => Exit::No,
        DiffVerdict::Undecided => Exit::Unknown,
    })
}

/// One of the two that are compared.
#[derive(Debug)]
pub(crate) struct Side {
    name: String,
    what: What,
}

#[derive(Debug)]
enum What {
    /// A snapshot alone: nothing can be replayed.
    Snapshot(Box<Snapshot>),
    /// A network, with its snapshot.
    Network(Box<Network>, Box<Recorded>),
}

impl Side {
    /// Reads a snapshot, or a network of files and folders.
    fn read(path: &Path, more: &[PathBuf]) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let paths: Vec<PathBuf> = std::iter::once(path.to_owned()).chain(more.to_vec()).collect();
        let read = files::read_all(&paths)?;
        if let [only] = read.as_slice()
            && canreach_snapshot::is_snapshot(&only.bytes)
        {
            let snapshot = canreach_snapshot::read(&only.bytes)
                .map_err(|source| Failure::Snapshot { path: path.to_owned(), source })?;
            return Ok(Self::of_snapshot(name, snapshot));
        }
        Self::of_network(name, model::network(import(&read), &read)?)
    }

    pub(crate) fn of_snapshot(name: String, snapshot: Snapshot) -> Self {
        Self { name, what: What::Snapshot(Box::new(snapshot)) }
    }

    pub(crate) fn of_network(name: String, network: Network) -> Result<Self, Failure> {
        let recorded = snapshot::taken(&network)?;
        Ok(Self { name, what: What::Network(Box::new(network), Box::new(recorded)) })
    }

    pub(crate) fn snapshot(&self) -> &Snapshot {
        match &self.what {
            What::Snapshot(snapshot) => snapshot,
            What::Network(_, recorded) => &recorded.snapshot,
        }
    }

    fn network(&self) -> Option<(&Network, &Recorded)> {
        match &self.what {
            What::Snapshot(_) => None,
            What::Network(network, recorded) => Some((network, recorded)),
        }
    }
}

/// The most changes for which a flow is replayed; so many are shown.
const MOST_SHOWN: usize = 20;

/// Returns for each change what shows it.
fn all_evidence(found: &Diff, old: &Side, new: &Side) -> Result<Vec<Evidence>, Failure> {
    let asked = |side: &'_ Side| side.network().is_some();
    if !asked(old) && !asked(new) {
        return Ok(Vec::new());
    }
    let old_asked = old.network().map(|(network, _)| Asked::new(network));
    let new_asked = new.network().map(|(network, _)| Asked::new(network));
    let sides = Sides { old, new, old_asked, new_asked };
    let changes = found.changes.iter().take(MOST_SHOWN);
    changes.map(|change| sides.evidence(found, change)).collect()
}

/// Both sides, ready to be asked where they are networks.
struct Sides<'s> {
    old: &'s Side,
    new: &'s Side,
    old_asked: Option<Asked<'s>>,
    new_asked: Option<Asked<'s>>,
}

/// Flows of a change that pass on one side alone.
struct Passing {
    flows: FlowSet,
    in_new: bool,
    answered: bool,
}

impl Sides<'_> {
    fn evidence(&self, found: &Diff, change: &Change) -> Result<Evidence, Failure> {
        let Some((from, to)) = pair(found, change) else { return Ok(Evidence::default()) };
        let moves = &change.moves;
        let candidates = [
            Passing { flows: moves.opened(), in_new: true, answered: true },
            Passing { flows: moves.opened_one_way(), in_new: true, answered: false },
            Passing { flows: moves.closed(), in_new: false, answered: true },
            Passing { flows: moves.closed_one_way(), in_new: false, answered: false },
        ];
        for passing in candidates.into_iter().filter(|it| !it.flows.is_empty()) {
            if let Some(shown) = self.shown(&passing, from, to)? {
                return Ok(shown);
            }
        }
        Ok(Evidence::default())
    }

    fn shown(
        &self,
        passing: &Passing,
        from: &Member,
        to: &Member,
    ) -> Result<Option<Evidence>, Failure> {
        let (there, here) = (self.old.network(), self.new.network());
        let (old, new) = (there.zip(self.old_asked.as_ref()), here.zip(self.new_asked.as_ref()));
        let ((passes, other), (name, other_name)) = if passing.in_new {
            ((new, old), (Names::New, Names::Old))
        } else {
            ((old, new), (Names::Old, Names::New))
        };
        let Some(((_, recorded), asked)) = passes else { return Ok(None) };
        let Some(ends) = ends(recorded, from, to, name) else { return Ok(None) };
        let Some(transport) = passing.flows.example() else { return Ok(None) };
        // Without the other network there is still a flow to show.
        let ((_, other_recorded), other_asked) =
            other.unwrap_or(((asked.network, recorded), asked));
        let others = other.and(self::ends(other_recorded, from, to, other_name));
        let difference = differ(asked, other_asked, ends, others, transport, passing.answered)
            .map_err(canreach_query::AskError::from)?;
        Ok(difference.map(|it| evidence(&it, asked.network, other_asked.network, passing.in_new)))
    }
}

/// Under which names ends are looked up.
#[derive(Clone, Copy)]
enum Names {
    Old,
    New,
}

fn ends<'r>(
    recorded: &'r Recorded,
    from: &Member,
    to: &Member,
    names: Names,
) -> Option<(&'r End, &'r End)> {
    let name = |member: &'_ Member| match names {
        Names::Old => member.old.clone(),
        Names::New => member.new.clone(),
    };
    Some((recorded.sources.get(&name(from))?, recorded.destinations.get(&name(to))?))
}

/// Returns one pair of ends of a change.
fn pair<'d>(found: &'d Diff, change: &Change) -> Option<(&'d Member, &'d Member)> {
    let members = |group: &'d Group| group.members.iter();
    let sources: Vec<&Member> = found.from(change).flat_map(members).collect();
    let mut destinations = found.to(change).flat_map(members);
    let owner = |member: &Member| canreach_snapshot::owner(&member.new).to_owned();
    let itself = change.relation == canreach_snapshot::Relation::Itself;
    destinations.find_map(|to| {
        let from = sources.iter().find(|from| (owner(from) == owner(to)) == itself)?;
        Some((*from, to))
    })
}
