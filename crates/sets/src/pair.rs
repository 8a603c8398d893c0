//! What passes between two ends, each with any number of addresses.
//!
//! Addresses that no walk and no filter on these walks tells apart have one answer, so that one of them
//! is asked for all. Nothing of the network but these walks and filters is looked at.

use std::collections::BTreeSet;

use canreach_model::{Checkpoint, Endpoint, Network};
use canreach_net::AddressSet;
use canreach_topology::{
    Condition, End, HeaderSet, Limit, Mode, Question, Topology, Trip, Walk, explore,
};

use crate::{
    holders::Holder,
    looks::Looks,
    mentions::Mentions,
    reach::Flows,
    store::{SetId, Sets, Store},
    template::{Ends, Outcome, Passes, Stand, Template, Worker},
};

/// The most pairs of addresses, with a walk for each, that are gone through.
const MOST_WORK: usize = 200_000;

/// Returns the transport headers of a question that pass from some source to some destination of it.
///
/// A header is in [`Flows::delivered`] iff between two of the addresses it is delivered whatever the
/// input leaves open; likewise for the other sets.
///
/// # Errors
/// Fails when there are too many walks.
pub fn between(topology: &Topology<'_>, question: &Question) -> Result<Flows, Limit> {
    let trips = explore(topology, question, Mode::Real)?;
    Ok(along(topology.network, question.to, &trips))
}

/// Likewise for a question of which the trips to `to` are known, found in [`Mode::Real`]; they may be of
/// both address families.
#[must_use]
pub fn along(network: &Network, to: Endpoint, trips: &[Trip]) -> Flows {
    let trips: Vec<&Trip> = trips.iter().filter(|trip| gets_there(&trip.request, to)).collect();
    let looks = Looks::to(network, Mentions::at(network, &checkpoints(&trips)));
    let store = Store::new();
    let mut asking = Asking::new(Worker::new(network, &looks, Sets::of(&store)));
    let sources = holders(&looks, to, &trips, |headers| &headers.sources);
    let destinations = holders(&looks, to, &trips, |headers| &headers.destinations);
    let pairs = sources.len().saturating_mul(destinations.len());
    if pairs.saturating_mul(trips.len()) > MOST_WORK {
        asking.give_up(&trips);
    } else {
        for source in &sources {
            for destination in &destinations {
                asking.add_all(source, destination, to, &trips);
            }
        }
    }
    asking.flows(&store)
}

/// Addresses that have one answer, with one that stands for them.
struct Holding {
    holder: Holder,
    /// Another one of them, where there is one.
    other: Option<Holder>,
}

fn gets_there(walk: &Walk, to: Endpoint) -> bool {
    match walk.end {
        End::Arrived(place) => place == to,
        End::Unmodelled(_) => true,
        End::Stopped(_) => false,
    }
}

fn walks<'t>(trips: &'t [&Trip]) -> impl Iterator<Item = &'t Walk> {
    trips.iter().flat_map(|trip| std::iter::once(&trip.request).chain(&trip.replies))
}

fn checkpoints(trips: &[&Trip]) -> BTreeSet<Checkpoint> {
    let crossings = walks(trips).flat_map(Walk::crossings);
    crossings.filter(|it| !it.as_reply).map(|it| it.checkpoint).collect()
}

/// Divides the addresses of one side into those that neither guards nor filters tell apart.
fn holders(
    looks: &Looks,
    to: Endpoint,
    trips: &[&Trip],
    side: impl Fn(&HeaderSet) -> &AddressSet,
) -> Vec<Holding> {
    let by_guards: BTreeSet<&AddressSet> =
        walks(trips).map(|walk| side(&walk.guard.headers)).collect();
    let all = by_guards.iter().fold(AddressSet::EMPTY, |all, set| all.union(set));
    let parts = by_guards.into_iter().fold(vec![all], |parts, guard| {
        let divided = parts.iter().flat_map(|it| [it.intersection(guard), it.difference(guard)]);
        divided.filter(|part| !part.is_empty()).collect()
    });
    let parts = parts.iter().flat_map(|part| looks.divide(part));
    parts.filter_map(|part| Holding::of(to, &part)).collect()
}

impl Holding {
    fn of(end: Endpoint, addresses: &AddressSet) -> Option<Self> {
        let first = addresses.first()?;
        let others = addresses.difference(&first.into());
        let other = others.first().map(|address| Holder::at(end, address));
        Some(Self {
            holder: Holder { addresses: addresses.clone(), ..Holder::at(end, first) },
            other,
        })
    }
}

/// What was found so far.
struct Asking<'w, 's> {
    worker: Worker<'w, 's>,
    sum: Outcome,
    limit: Option<&'static str>,
}

impl<'w, 's> Asking<'w, 's> {
    fn new(worker: Worker<'w, 's>) -> Self {
        let nothing = Passes { delivered: SetId::EMPTY, answered: SetId::EMPTY };
        Self { worker, sum: Outcome::decided(nothing), limit: None }
    }

    /// Adds what passes between any two addresses of two sides.
    fn add_all(&mut self, source: &Holding, destination: &Holding, to: Endpoint, trips: &[&Trip]) {
        self.add(&source.holder, &destination.holder, to, trips);
        if !walks(trips).any(compares_addresses) {
            return;
        }
        // Whether the two addresses are equal is the one thing that may tell these pairs apart.
        let (first, second) = (source.holder.address, destination.holder.address);
        let common = source.holder.addresses.intersection(&destination.holder.addresses);
        if first != second {
            if let Some(address) = common.first() {
                let same = Holder::at(to, address);
                self.add(&same, &same, to, trips);
            }
        } else if let Some(other) = &destination.other {
            self.add(&source.holder, other, to, trips);
        } else if let Some(other) = &source.other {
            self.add(other, &destination.holder, to, trips);
        }
    }

    /// Adds what passes between two addresses.
    fn add(&mut self, from: &Holder, at: &Holder, to: Endpoint, trips: &[&Trip]) {
        let ends = Ends {
            from: Stand { holder: from, address: from.address },
            to: Stand { holder: at, address: at.address },
        };
        let taken = trips.iter().copied().filter(|trip| ends.take(&trip.request));
        let template = Template::of(&mut self.worker, ends, to, taken);
        if template.is_closed() {
            return;
        }
        let outcome = template.between(&mut self.worker, ends);
        self.sum.too_many_facts |= outcome.too_many_facts;
        self.sum.because.extend(outcome.because);
        let sets = &mut self.worker.sets;
        for (sum, passes) in
            [(&mut self.sum.certain, outcome.certain), (&mut self.sum.possible, outcome.possible)]
        {
            sum.delivered = sets.union(sum.delivered, passes.delivered);
            sum.answered = sets.union(sum.answered, passes.answered);
        }
    }

    /// Leaves open everything that takes some walk.
    fn give_up(&mut self, trips: &[&Trip]) {
        for trip in trips {
            let headers = self.worker.transports(&trip.request.guard.headers);
            let possible = &mut self.sum.possible;
            possible.delivered = self.worker.sets.union(possible.delivered, headers);
            possible.answered = possible.delivered;
        }
        self.limit = Some("more addresses that rules tell apart than can be tried");
    }

    fn flows(mut self, store: &Store) -> Flows {
        self.sum.because.sort_unstable();
        self.sum.because.dedup();
        if self.sum.certain == self.sum.possible {
            self.sum.because.clear();
        }
        let limit = self.limit.map(str::to_owned).or_else(|| self.sum.limit());
        Flows::of(store, &self.sum, limit)
    }
}

fn compares_addresses(walk: &Walk) -> bool {
    let conditions = walk.guard.conditions.iter();
    conditions.into_iter().any(|condition| matches!(condition, Condition::SameAddress(..)))
}
