//! The answer for every pair of ends: which flows are delivered, and which are answered.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use canreach_model::{Endpoint, FactId, InterfaceId, Network};
use canreach_net::{AddressRange, AddressSet, Family, Protocol, ProtocolSet};
use canreach_topology::{HeaderSet, Limit, Topology, Trip, explore_from};
use rustc_hash::FxHashMap;

use crate::{
    algebra::Algebra,
    cells::Cells,
    classes::{self, Class as InnerClass},
    flow_set::FlowSet,
    holders::{self, Cuts, Holder},
    lists::Side,
    looks::Looks,
    mentions,
    seats::{self, Seat, SeatAt},
    store::{SetId, Sets, Store},
    template::{Ends, Outcome, Passes, Stand, Template, Worker},
};

/// One end of flows, as a source or as a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// What flows start from, or end at.
    pub endpoint: Endpoint,
    /// The interface that has the address, where one does: its own, or a public one that stands for it.
    pub interface: Option<InterfaceId>,
    /// Its address, or several that nothing tells apart.
    pub addresses: AddressSet,
    /// For machines beyond the network, the smallest block around them that rules or routes mention.
    pub within: Option<AddressRange>,
}

/// Ends that behave alike towards everyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The ends; those of one entry also agree in everything that any rule or route reads.
    pub kinds: Vec<Vec<End>>,
}

/// What passes between two ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Flows {
    /// Requests that arrive, whatever the input leaves open.
    pub delivered: FlowSet,
    /// Those of them whose reply returns.
    pub answered: FlowSet,
    /// Requests that arrive if facts are as they should be; none of `delivered`.
    pub maybe_delivered: FlowSet,
    /// Those whose reply returns then; none of `answered`.
    pub maybe_answered: FlowSet,
    /// The facts that decide it.
    pub because: Vec<FactId>,
    /// Why nothing was decided, where a limit was hit.
    pub limit: Option<String>,
}

impl Flows {
    pub(crate) fn of(store: &Store, outcome: &Outcome, limit: Option<String>) -> Self {
        let get = |id| store.get(id);
        let maybe = |possible, certain| get(possible).difference(&get(certain));
        let (certain, possible) = (outcome.certain, outcome.possible);
        Self {
            delivered: get(certain.delivered).as_ref().clone(),
            answered: get(certain.answered).as_ref().clone(),
            maybe_delivered: maybe(possible.delivered, certain.delivered),
            maybe_answered: maybe(possible.answered, certain.answered),
            because: outcome.because.clone(),
            limit,
        }
    }
}

/// The exact answer for every ordered pair of ends. A pair that is not named is proved closed.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// The ends that flows start from, in classes.
    pub sources: Vec<Class>,
    /// The ends that flows go to, in classes.
    pub destinations: Vec<Class>,
    /// What passes, each once.
    pub flows: Vec<Flows>,
    /// For each class of sources, what passes from each member to each member of a class of
    /// destinations that is not the same interface: positions in `destinations` and `flows`, sorted.
    pub rows: Vec<Vec<(usize, usize)>>,
    /// What passes from an interface to itself: positions in `sources`, `destinations` and `flows`,
    /// sorted; it holds for every interface that is in both classes.
    pub itself: Vec<(usize, usize, usize)>,
    /// How much work it was.
    pub work: Work,
}

/// The most pairs of classes in an answer. Each takes some 230 bytes until a snapshot of it is written;
/// generated estates of 100,000 interfaces have a few million.
const MOST_PAIRS: usize = 10_000_000;

/// The ends do not fall into classes: the answer would be too large for what reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are more than {most} different pairs of classes among {ends} ends")]
pub struct TooDifferent {
    /// How many sources and destinations there are.
    pub ends: usize,
    /// How many pairs of classes an answer may have.
    pub most: usize,
}

/// How much work an answer was; repeats exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Ends, of both kinds.
    pub ends: usize,
    /// Classes before those that behave alike were merged.
    pub classes: usize,
    /// Seats between which walks were found.
    pub seats: usize,
    /// Ways there.
    pub trips: usize,
}

/// The number of what passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct ValueId(u32);

impl ValueId {
    const NOTHING: Self = Self(0);
}

/// The number of a list of what passes to each class of a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct SegmentId(u32);

/// A seat as a destination, at one of the addresses of its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Door {
    seat: SeatAt,
    /// Which address: its own, or the public ones in order.
    at: usize,
}

/// The numbers that all workers share.
#[derive(Debug, Default)]
struct Numbers {
    values: FxHashMap<Outcome, ValueId>,
    /// By the reason, and what would be possible: that of IPv4 is not that of IPv6.
    limits: BTreeMap<(String, SetId), ValueId>,
    all: Vec<(Outcome, Option<String>)>,
    segments: FxHashMap<Vec<ValueId>, SegmentId>,
    lists: Vec<Vec<ValueId>>,
    /// How many values of each list are something.
    counts: Vec<usize>,
}

impl Numbers {
    fn new() -> Self {
        let mut numbers = Self::default();
        let nothing = Passes { delivered: SetId::EMPTY, answered: SetId::EMPTY };
        numbers.value(Outcome::decided(nothing));
        numbers
    }

    fn value(&mut self, outcome: Outcome) -> ValueId {
        if let Some(known) = self.values.get(&outcome) {
            return *known;
        }
        let id = ValueId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        let limit = outcome.limit();
        self.all.push((outcome.clone(), limit));
        self.values.insert(outcome, id);
        id
    }

    fn limit(&mut self, reason: &str, possible: SetId) -> ValueId {
        let id = ValueId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        let all = &mut self.all;
        *self.limits.entry((reason.to_owned(), possible)).or_insert_with(|| {
            let none = Passes { delivered: SetId::EMPTY, answered: SetId::EMPTY };
            let some = Passes { delivered: possible, answered: possible };
            let because = Vec::new();
            let outcome = Outcome { certain: none, possible: some, because, too_many_facts: false };
            all.push((outcome, Some(reason.to_owned())));
            id
        })
    }

    fn segment(&mut self, values: Vec<ValueId>) -> SegmentId {
        if let Some(known) = self.segments.get(&values) {
            return *known;
        }
        let id = SegmentId(u32::try_from(self.lists.len()).unwrap_or(u32::MAX));
        self.counts.push(values.iter().filter(|value| **value != ValueId::NOTHING).count());
        self.lists.push(values.clone());
        self.segments.insert(values, id);
        id
    }
}

/// What a class of sources reaches: at each door something is open, what passes to each class there;
/// and what passes to itself, at each of its addresses.
type Row = (Vec<(Door, SegmentId)>, Vec<ValueId>);

/// A class, by its seat and its position there.
type At = (SeatAt, usize);

/// Classes of sources with one row. One whose interface is somebody else's too stands alone, by that
/// interface.
type Group = ((Row, Option<usize>), Vec<At>);

/// Everything that stays the same while pairs are worked out.
struct Plan<'n> {
    network: &'n Network,
    looks: Looks,
    holders: Vec<Holder>,
    seats: Vec<Seat>,
    /// The classes of each seat.
    classes: Vec<Vec<InnerClass>>,
    /// The interfaces that several holders of one family share.
    shared: BTreeSet<(InterfaceId, Family)>,
    /// What to call machines beyond the network.
    within: BTreeMap<usize, AddressRange>,
}

impl<'n> Plan<'n> {
    fn of(network: &'n Network) -> Self {
        Self::with(network, seats::seats)
    }

    fn with(
        network: &'n Network,
        seats: impl Fn(&Network, &[Holder], &Cells) -> Vec<Seat>,
    ) -> Self {
        let looks = Looks::of(network);
        let by_ways = holders::cells_of_ways(network);
        let cuts = Cuts { by_ways: &by_ways, by_filters: looks.cells() };
        let holders = holders::all(network, &cuts);
        let seats = seats(network, &holders, &by_ways);
        let classes = seats.iter().map(|seat| classes::classes(network, &holders, seat, &looks));
        let classes = classes.collect();
        let shared = shared(&holders);
        let within = within(network, &holders);
        Self { network, looks, holders, seats, classes, shared, within }
    }

    /// Returns the holder of a class if it shares its interface with other holders.
    fn sharing(&self, at: At) -> Option<usize> {
        let first = self.first_of(at)?;
        let holder = self.holder(first)?;
        let shared = (holder.interface?, Family::of(holder.address));
        self.shared.contains(&shared).then_some(first)
    }

    fn interface_of(&self, at: At) -> Option<InterfaceId> {
        self.holder(self.first_of(at)?)?.interface
    }

    fn holder(&self, at: usize) -> Option<&Holder> {
        self.holders.get(at)
    }

    /// Returns the examples of a seat's classes, at each address at which flows reach it.
    fn sides(&self, seat: SeatAt) -> Vec<Side<'_>> {
        let classes = self.classes.get(seat).map_or(&[][..], Vec::as_slice);
        let examples = || classes.iter().filter_map(|class| self.holder(class.example));
        let addresses = examples().next().map_or(0, |first| first.reached_at().count());
        let side = |at| {
            let stands = examples()
                .filter_map(|holder| Some(Stand { holder, address: holder.reached_at().nth(at)? }));
            Side { seat, stands: stands.collect() }
        };
        (0..addresses).map(side).collect()
    }

    /// Returns a topology of those that stand for the seats, and of all that is no holder.
    fn topology(&self) -> Topology<'n> {
        let standing: BTreeSet<InterfaceId> = (self.seats.iter())
            .flat_map(|seat| std::iter::once(seat.first).chain(seat.second))
            .filter_map(|at| self.holder(at)?.interface)
            .collect();
        let holding: BTreeSet<InterfaceId> =
            self.holders.iter().filter_map(|holder| holder.interface).collect();
        Topology::among(self.network, |id| standing.contains(&id) || !holding.contains(&id))
    }
}

/// Returns the interfaces that several holders of one family have.
fn shared(holders: &[Holder]) -> BTreeSet<(InterfaceId, Family)> {
    let mut once = BTreeSet::new();
    let interfaces = holders.iter().filter_map(|it| Some((it.interface?, Family::of(it.address))));
    interfaces.filter(|interface| !once.insert(*interface)).collect()
}

/// Returns for machines beyond the network the smallest block around them that anything mentions; where
/// that is one for several, because blocks overlap, the first of their own addresses.
fn within(network: &Network, holders: &[Holder]) -> BTreeMap<usize, AddressRange> {
    let mentioned = mentions::of_ways(network).into_iter().chain(mentions::of_filters(network));
    let cells = Cells::along(mentioned);
    let mut within = BTreeMap::new();
    let mut once = BTreeSet::new();
    for (at, holder) in holders.iter().enumerate().filter(|(_, holder)| is_beyond(holder)) {
        let family = Family::of(holder.address);
        let smallest = cells.smallest(cells.of(holder.address), family);
        let is_new = once.insert((holder.end, smallest.first(), smallest.last()));
        let own = holder.addresses.ranges().next().filter(|_| !is_new);
        within.insert(at, own.unwrap_or(smallest));
    }
    within
}

/// Works out what passes between every two ends; `on_step` is called with how many of how many steps
/// are done.
///
/// What machines beyond the network can do to each other is not asked: no pair has both its ends on
/// the Internet, or in one network on premises.
///
/// # Errors
/// Fails where so few ends behave alike that the answer would not fit into memory.
pub fn reach(
    network: &Network,
    on_step: impl Fn(usize, usize) + Sync,
) -> Result<Reach, TooDifferent> {
    by_plan(&Plan::of(network), MOST_PAIRS, on_step)
}

fn by_plan(
    plan: &Plan<'_>,
    most: usize,
    on_step: impl Fn(usize, usize) + Sync,
) -> Result<Reach, TooDifferent> {
    let store = Store::new();
    let Found { rows, numbers, trips, too_many } = Found::of(plan, &store, most, on_step);
    let holders = plan.holders.iter();
    let ends = holders.map(|it| usize::from(it.start.is_some()) + 1 + it.public.len()).sum();
    let groups = groups(plan, rows);
    let pairs: usize = groups.iter().map(|((row, _), _)| numbers.count(&row.0)).sum();
    if too_many || pairs > most {
        return Err(TooDifferent { ends, most });
    }
    let mut reach = merged(plan, &store, &numbers, &groups);
    let classes = plan.classes.iter().map(Vec::len).sum();
    reach.work = Work { ends, classes, seats: plan.seats.len(), trips };
    Ok(reach)
}

/// What all workers found together.
struct Found {
    /// What the classes of each seat reach.
    rows: Vec<Vec<Row>>,
    numbers: Numbers,
    trips: usize,
    /// Whether it was given up, because too much differs.
    too_many: bool,
}

impl Found {
    fn of(
        plan: &Plan<'_>,
        store: &Store,
        most: usize,
        on_step: impl Fn(usize, usize) + Sync,
    ) -> Self {
        let topology = plan.topology();
        let sides: Vec<_> = (0..plan.seats.len()).map(|seat| plan.sides(seat)).collect();
        let numbers = Mutex::new(Numbers::new());
        let rows: Vec<Mutex<Vec<Row>>> = plan.seats.iter().map(|_| Mutex::default()).collect();
        let (next, done, trips) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let pairs = AtomicUsize::new(0);
        // Classes of different seats that behave alike are still to be merged.
        let too_many = || pairs.load(Ordering::Relaxed) > most.saturating_mul(2);
        rayon::scope(|scope| {
            for _ in 0..rayon::current_num_threads() {
                scope.spawn(|_| {
                    let worker = Worker::new(plan.network, &plan.looks, Sets::of(store));
                    let (topology, sides, numbers) = (&topology, &*sides, &numbers);
                    let mut asking = Asking { plan, topology, sides, numbers, worker, trips: 0 };
                    while !too_many() {
                        let seat = next.fetch_add(1, Ordering::Relaxed);
                        let Some(slot) = rows.get(seat) else { break };
                        let found = asking.rows_of(seat);
                        pairs.fetch_add(asking.pairs_of(&found), Ordering::Relaxed);
                        *slot.lock().unwrap_or_else(PoisonError::into_inner) = found;
                        on_step(done.fetch_add(1, Ordering::Relaxed) + 1, rows.len());
                    }
                    trips.fetch_add(asking.trips, Ordering::Relaxed);
                });
            }
        });
        let too_many = too_many();
        let rows = rows.into_iter().map(Mutex::into_inner);
        Self {
            rows: rows.map(|row| row.unwrap_or_else(PoisonError::into_inner)).collect(),
            numbers: numbers.into_inner().unwrap_or_else(PoisonError::into_inner),
            trips: trips.into_inner(),
            too_many,
        }
    }
}

/// What one worker needs to work out rows.
struct Asking<'p, 'n, 's> {
    plan: &'p Plan<'n>,
    topology: &'p Topology<'n>,
    /// The classes of each seat, at each of its addresses.
    sides: &'p [Vec<Side<'p>>],
    numbers: &'p Mutex<Numbers>,
    worker: Worker<'p, 's>,
    trips: usize,
}

/// A seat whose flows are followed.
struct Sender<'p> {
    /// Where those of the one that stands for it start.
    start: Endpoint,
    stand: Stand<'p>,
    side: &'p Side<'p>,
}

/// Something that a seat's flows may go to.
#[derive(Clone, Copy, Debug)]
struct Goal<'p> {
    door: Door,
    /// Whether it is the one that stands for the sending seat, itself.
    itself: bool,
    stand: Stand<'p>,
}

impl<'p> Asking<'p, '_, '_> {
    fn side(&self, Door { seat, at }: Door) -> Option<&'p Side<'p>> {
        self.sides.get(seat)?.get(at)
    }

    fn numbers(&self) -> std::sync::MutexGuard<'p, Numbers> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many pairs of classes some rows of one seat have, equal ones counted once.
    fn pairs_of(&self, rows: &[Row]) -> usize {
        let different: BTreeSet<&Row> = rows.iter().collect();
        let numbers = self.numbers();
        different.iter().map(|(doors, _)| numbers.count(doors)).sum()
    }

    /// Returns what each class of a seat reaches.
    fn rows_of(&mut self, at: SeatAt) -> Vec<Row> {
        let plan = self.plan;
        let (Some(seat), Some(classes)) = (plan.seats.get(at), plan.classes.get(at)) else {
            return Vec::new();
        };
        let mut rows: Vec<Row> = classes.iter().map(|_| Row::default()).collect();
        let Some(first) = plan.holder(seat.first) else { return rows };
        let Some((start, side)) = first.start.zip(self.side(Door { seat: at, at: 0 })) else {
            return rows;
        };
        let mut goals = self.goals(at, seat, first);
        let family = Family::of(first.address);
        goals.retain(|goal| Family::of(goal.stand.address) == family);
        let stand = Stand { holder: first, address: first.address };
        self.towards(&Sender { start, stand, side }, &goals, &mut rows);
        for (doors, _) in &mut rows {
            doors.sort_unstable();
        }
        rows
    }

    /// Returns what flows of a seat may go to: one of each other seat, another one of its own, and
    /// itself.
    fn goals(&self, at: SeatAt, seat: &Seat, first: &'p Holder) -> Vec<Goal<'p>> {
        let plan = self.plan;
        let mut goals = Vec::new();
        for (other, that) in plan.seats.iter().enumerate() {
            let stands = if other == at { seat.second } else { Some(that.first) };
            let Some(holder) = stands.and_then(|it| plan.holder(it)) else { continue };
            if is_beyond(first) && is_beyond(holder) && first.start == holder.start {
                continue;
            }
            for (nth, address) in holder.reached_at().enumerate() {
                let door = Door { seat: other, at: nth };
                goals.push(Goal { door, itself: false, stand: Stand { holder, address } });
            }
        }
        if !is_beyond(first) {
            for (nth, address) in first.reached_at().enumerate() {
                let door = Door { seat: at, at: nth };
                goals.push(Goal { door, itself: true, stand: Stand { holder: first, address } });
            }
        }
        goals
    }

    /// Finds the ways to some goals, all at once as long as there are not too many.
    fn towards(&mut self, from: &Sender<'p>, goals: &[Goal<'p>], rows: &mut [Row]) {
        if goals.is_empty() {
            return;
        }
        let address = from.stand.address;
        let family = Family::of(address);
        let destinations: AddressSet = goals.iter().map(|goal| goal.stand.address).collect();
        let headers = HeaderSet {
            protocols: protocols_of(family),
            ..HeaderSet::between(address.into(), destinations)
        };
        match explore_from(self.topology, from.start, &headers) {
            Ok(trips) => self.read(from, goals, &trips, rows),
            Err(limit) if goals.len() == 1 => self.gave_up(limit, family, goals, rows),
            Err(_) => {
                let (some, others) = goals.split_at(goals.len() / 2);
                self.towards(from, some, rows);
                self.towards(from, others, rows);
            }
        }
    }

    fn gave_up(&mut self, limit: Limit, family: Family, goals: &[Goal<'p>], rows: &mut [Row]) {
        let all = self.worker.sets.add(FlowSet::of_family(family));
        let value = self.numbers().limit(&limit.to_string(), all);
        for goal in goals {
            let count = self.plan.classes.get(goal.door.seat).map_or(0, Vec::len);
            let segment = self.numbers().segment(vec![value; count]);
            for row in rows.iter_mut() {
                add(row, goal, value, segment);
            }
        }
    }

    /// Reads the trips from a seat, goal by goal.
    fn read(&mut self, from: &Sender<'p>, goals: &[Goal<'p>], trips: &[Trip], rows: &mut [Row]) {
        self.trips += trips.len();
        let by_address = by_destination(goals, trips);
        for goal in goals {
            let here = by_address.get(&goal.stand.address).map_or(&[][..], Vec::as_slice);
            let ends = Ends { from: from.stand, to: goal.stand };
            let end = goal.stand.holder.end;
            let template = Template::of(&mut self.worker, ends, end, here.iter().copied());
            if template.is_closed() {
                continue;
            }
            if goal.itself {
                self.pass_to_itself(goal, &template, from.side, rows);
            } else {
                self.pass_to_others(goal, &template, from.side, rows);
            }
        }
    }

    fn pass_to_itself(
        &mut self,
        goal: &Goal<'p>,
        template: &Template<'_, 'p>,
        side: &Side<'p>,
        rows: &mut [Row],
    ) {
        for (Stand { holder, .. }, row) in side.stands.iter().zip(rows) {
            let Some(address) = holder.reached_at().nth(goal.door.at) else { continue };
            let members = Ends {
                from: Stand { holder, address: holder.address },
                to: Stand { holder, address },
            };
            let outcome = template.between(&mut self.worker, members);
            let value = self.numbers().value(outcome);
            row.1.resize(holder.public.len() + 1, ValueId::NOTHING);
            if let Some(slot) = row.1.get_mut(goal.door.at) {
                *slot = value;
            }
        }
    }

    fn pass_to_others(
        &mut self,
        goal: &Goal<'p>,
        template: &Template<'_, 'p>,
        from: &Side<'p>,
        rows: &mut [Row],
    ) {
        let Some(to) = self.side(goal.door) else { return };
        let matrix = template.matrix(&mut self.worker, from, to);
        let mut numbers = self.numbers();
        let segments: Vec<Option<SegmentId>> = matrix
            .outcomes
            .into_iter()
            .map(|row| {
                let values: Vec<ValueId> =
                    row.into_iter().map(|outcome| numbers.value(outcome)).collect();
                let of = |column: &usize| values.get(*column).copied().unwrap_or(ValueId::NOTHING);
                let open = values.iter().any(|value| *value != ValueId::NOTHING);
                open.then(|| numbers.segment(matrix.columns.iter().map(of).collect()))
            })
            .collect();
        for (row, kind) in rows.iter_mut().zip(&matrix.rows) {
            if let Some(Some(segment)) = segments.get(*kind) {
                row.0.push((goal.door, *segment));
            }
        }
    }
}

fn add(row: &mut Row, goal: &Goal<'_>, value: ValueId, segment: SegmentId) {
    if goal.itself {
        let length = row.1.len().max(goal.door.at + 1);
        row.1.resize(length, ValueId::NOTHING);
        if let Some(slot) = row.1.get_mut(goal.door.at) {
            *slot = value;
        }
    } else {
        row.0.push((goal.door, segment));
    }
}

/// Whether a holder stands for machines beyond the network.
fn is_beyond(holder: &Holder) -> bool {
    match holder.start {
        Some(Endpoint::Remote(_) | Endpoint::Internet) => true,
        Some(
            Endpoint::Interface(_)
            | Endpoint::LoadBalancer(_)
            | Endpoint::VirtualAddress(_)
            | Endpoint::Nobody,
        )
        | None => false,
    }
}

/// Returns the protocols of packets of a family: all but the other family's ICMP.
fn protocols_of(family: Family) -> ProtocolSet {
    let Protocol(foreign) = match family {
        Family::V4 => Protocol::ICMPV6,
        Family::V6 => Protocol::ICMP,
    };
    ProtocolSet::single(foreign).complement()
}

/// Returns the trips to each goal's address.
fn by_destination<'t>(goals: &[Goal<'_>], trips: &'t [Trip]) -> BTreeMap<IpAddr, Vec<&'t Trip>> {
    let mut found: BTreeMap<IpAddr, Vec<&Trip>> =
        goals.iter().map(|goal| (goal.stand.address, Vec::new())).collect();
    for trip in trips {
        for range in trip.request.guard.headers.destinations.ranges() {
            for (_, trips) in found.range_mut(range.first()..=range.last()) {
                trips.push(trip);
            }
        }
    }
    found
}

/// Merges classes that behave alike towards everyone.
fn merged(plan: &Plan<'_>, store: &Store, numbers: &Numbers, groups: &[Group]) -> Reach {
    let columns = Columns::of(plan, numbers, groups);
    let mut flows = FlowNumbers { store, numbers, of: FxHashMap::default(), flows: Vec::new() };
    let mut reach = Reach::default();
    for (source, ((row, sharing), members)) in groups.iter().enumerate() {
        let own = sharing.and_then(|at| plan.holder(at)?.interface);
        let mut entries = BTreeMap::new();
        for (door, class, value) in numbers.open(&row.0) {
            let Some(column) = columns.at.get(&(door, class)) else { continue };
            let number = flows.number(value);
            if own.is_some() && plan.interface_of((door.seat, class)) == own {
                reach.itself.push((source, *column, number));
            } else {
                entries.insert(*column, number);
            }
        }
        reach.rows.push(entries.into_iter().collect());
        for (seat, class) in members {
            for (at, value) in row.1.iter().enumerate() {
                let door = Door { seat: *seat, at };
                if *value != ValueId::NOTHING
                    && let Some(column) = columns.at.get(&(door, *class))
                {
                    reach.itself.push((source, *column, flows.number(*value)));
                }
            }
        }
    }
    reach.itself.sort_unstable();
    reach.itself.dedup();
    reach.flows = flows.flows;
    let sources = groups.iter().map(|(_, members)| members.iter().map(|it| plan.sources(*it)));
    reach.sources = sources.map(|kinds| Class { kinds: kinds.collect() }).collect();
    let destinations = columns
        .groups
        .iter()
        .map(|members| members.iter().map(|(door, class)| plan.destinations(*door, *class)));
    reach.destinations = destinations.map(|kinds| Class { kinds: kinds.collect() }).collect();
    reach
}

/// Returns the classes of sources by their rows, in the order of their first members, which is the
/// model's.
fn groups(plan: &Plan<'_>, rows: Vec<Vec<Row>>) -> Vec<Group> {
    let mut groups: BTreeMap<(Row, Option<usize>), Vec<At>> = BTreeMap::new();
    for (seat, rows) in rows.into_iter().enumerate() {
        let starts = plan.seats.get(seat).and_then(|it| plan.holder(it.first)?.start).is_some();
        for (class, row) in rows.into_iter().enumerate().filter(|_| starts) {
            let at = (seat, class);
            groups.entry((row, plan.sharing(at))).or_default().push(at);
        }
    }
    let mut groups: Vec<Group> = groups.into_iter().collect();
    groups.sort_by_key(|(_, members)| members.iter().map(|it| plan.first_of(*it)).min());
    groups
}

impl Numbers {
    /// Returns how many classes are open to a row.
    fn count(&self, doors: &[(Door, SegmentId)]) -> usize {
        doors.iter().filter_map(|(_, segment)| self.counts.get(index(segment.0))).sum()
    }

    /// Returns what of a row is open: the class of each door, and what passes to it.
    fn open<'n>(
        &'n self,
        doors: &'n [(Door, SegmentId)],
    ) -> impl Iterator<Item = (Door, usize, ValueId)> + 'n {
        doors.iter().flat_map(|(door, segment)| {
            let values = self.lists.get(index(segment.0)).map_or(&[][..], Vec::as_slice);
            let open = values.iter().enumerate().filter(|(_, value)| **value != ValueId::NOTHING);
            open.map(move |(class, value)| (*door, class, *value))
        })
    }
}

/// Classes of destinations that everyone sees alike.
struct Columns {
    groups: Vec<Vec<(Door, usize)>>,
    at: BTreeMap<(Door, usize), usize>,
}

/// What a class of destinations is for each group of sources, and for itself; and who it is, where its
/// interface is somebody else's too.
type Column = (Vec<(usize, ValueId)>, ValueId, Option<(usize, usize)>);

impl Columns {
    fn of(plan: &Plan<'_>, numbers: &Numbers, groups: &[Group]) -> Self {
        let mut columns: BTreeMap<(Door, usize), Column> = plan
            .doors()
            .flat_map(|door| {
                let classes = plan.classes.get(door.seat).map_or(0, Vec::len);
                (0..classes).map(move |class| {
                    let sharing = plan.sharing((door.seat, class)).map(|it| (it, door.at));
                    ((door, class), (Vec::new(), ValueId::NOTHING, sharing))
                })
            })
            .collect();
        for (source, ((row, _), members)) in groups.iter().enumerate() {
            for (door, class, value) in numbers.open(&row.0) {
                if let Some((column, ..)) = columns.get_mut(&(door, class)) {
                    column.push((source, value));
                }
            }
            for (seat, class) in members {
                for (at, value) in row.1.iter().enumerate() {
                    let door = Door { seat: *seat, at };
                    if let Some((_, own, _)) = columns.get_mut(&(door, *class)) {
                        *own = *value;
                    }
                }
            }
        }
        let mut alike: BTreeMap<Column, Vec<(Door, usize)>> = BTreeMap::new();
        for (class, column) in columns {
            alike.entry(column).or_default().push(class);
        }
        let mut groups: Vec<Vec<(Door, usize)>> = alike.into_values().collect();
        let first = |(door, class): &(Door, usize)| (plan.first_of((door.seat, *class)), door.at);
        groups.sort_by_key(|members| members.iter().map(first).min());
        let at = groups
            .iter()
            .enumerate()
            .flat_map(|(group, members)| members.iter().map(move |member| (*member, group)));
        let at = at.collect();
        Self { groups, at }
    }
}

impl Plan<'_> {
    /// Returns every seat as a destination.
    fn doors(&self) -> impl Iterator<Item = Door> + '_ {
        self.seats.iter().enumerate().flat_map(|(seat, it)| {
            let doors = self.holder(it.first).map_or(0, |holder| holder.public.len() + 1);
            (0..doors).map(move |at| Door { seat, at })
        })
    }

    /// Returns the first member of a class.
    fn first_of(&self, (seat, class): At) -> Option<usize> {
        let class = self.classes.get(seat).and_then(|classes| classes.get(class));
        class.and_then(|class| class.members.first().copied())
    }

    fn members(&self, seat: SeatAt, class: usize) -> impl Iterator<Item = (usize, &Holder)> + '_ {
        let class = self.classes.get(seat).and_then(|classes| classes.get(class));
        let members = class.into_iter().flat_map(|class| &class.members);
        members.filter_map(|member| Some((*member, self.holder(*member)?)))
    }

    fn sources(&self, (seat, class): At) -> Vec<End> {
        let members = self.members(seat, class);
        let source = |(at, holder): (usize, &Holder)| {
            Some(self.end(at, holder, holder.start?, holder.addresses.clone()))
        };
        members.filter_map(source).collect()
    }

    fn destinations(&self, door: Door, class: usize) -> Vec<End> {
        let members = self.members(door.seat, class);
        let destination = |(at, holder): (usize, &Holder)| {
            let addresses = match door.at.checked_sub(1) {
                None => holder.addresses.clone(),
                Some(public) => holder.public.get(public).copied()?.into(),
            };
            Some(self.end(at, holder, holder.end, addresses))
        };
        members.filter_map(destination).collect()
    }

    fn end(&self, at: usize, holder: &Holder, endpoint: Endpoint, addresses: AddressSet) -> End {
        let within = self.within.get(&at).copied();
        End { endpoint, interface: holder.interface, addresses, within }
    }
}

/// The flows of a result, each once.
struct FlowNumbers<'s> {
    store: &'s Store,
    numbers: &'s Numbers,
    of: FxHashMap<ValueId, usize>,
    flows: Vec<Flows>,
}

impl FlowNumbers<'_> {
    fn number(&mut self, value: ValueId) -> usize {
        if let Some(known) = self.of.get(&value) {
            return *known;
        }
        let number = self.flows.len();
        if let Some((outcome, limit)) = self.numbers.all.get(index(value.0)) {
            self.flows.push(Flows::of(self.store, outcome, limit.clone()));
        }
        self.of.insert(value, number);
        number
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
