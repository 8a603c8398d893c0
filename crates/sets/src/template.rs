//! The ways between two seats, and what of a flow passes on them between two of their members.
//!
//! Walks are found between those that stand for the seats. Between two other members they are the
//! same, with the members' own filters and addresses in place of the others'.

use std::{collections::BTreeSet, net::IpAddr};

use canreach_model::{
    Endpoint, FactId, InterfaceId, Layer, Network, Pass, Polarity, Translator, Valuation,
};
use canreach_net::{AddressSet, PortSet};
use canreach_topology::{
    AddressView, Condition, Crossing, End, Guard, HeaderSet, HeaderView, PortView, Trip, Walk,
};
use rustc_hash::FxHashMap;

use crate::{
    filters::{Between, FilterId, Filters, Met},
    flow_set::FlowSet,
    holders::Holder,
    lists::Lists,
    looks::Looks,
    matrix::KnownTables,
    store::{SetId, Sets},
    through::{self, Chosen, Port, Shape},
};

/// What one worker works with.
pub(crate) struct Worker<'n, 's> {
    pub(crate) network: &'n Network,
    pub(crate) looks: &'n Looks,
    pub(crate) filters: Filters<'n>,
    pub(crate) sets: Sets<'s>,
    origins: FxHashMap<(SetId, Shape), SetId>,
    edges: FxHashMap<SetId, (Vec<u16>, Vec<u16>)>,
    transports: FxHashMap<HeaderSet, SetId>,
    pub(crate) lists: Lists,
    pub(crate) tables: KnownTables,
}

impl<'n, 's> Worker<'n, 's> {
    pub(crate) fn new(network: &'n Network, looks: &'n Looks, sets: Sets<'s>) -> Self {
        let filters = Filters::new(network, looks);
        Self {
            network,
            looks,
            filters,
            sets,
            origins: FxHashMap::default(),
            edges: FxHashMap::default(),
            transports: FxHashMap::default(),
            lists: Lists::default(),
            tables: KnownTables::default(),
        }
    }

    /// Returns the transport headers of a guard.
    pub(crate) fn transports(&mut self, headers: &HeaderSet) -> SetId {
        let nowhere = || AddressSet::EMPTY;
        let key = HeaderSet { sources: nowhere(), destinations: nowhere(), ..headers.clone() };
        let sets = &self.sets;
        *self.transports.entry(key).or_insert_with(|| sets.add(FlowSet::of(headers)))
    }

    /// Returns those of some headers that look like one of a set through a shape.
    pub(crate) fn passing(&mut self, headers: SetId, seen: SetId, shape: Shape) -> SetId {
        if headers == SetId::EMPTY || seen == SetId::FULL {
            return headers;
        }
        let origins = self.origins(seen, shape);
        self.sets.intersection(headers, origins)
    }

    /// Returns the original headers that look like one of a set through a shape.
    fn origins(&mut self, seen: SetId, shape: Shape) -> SetId {
        if shape.is_original() || seen == SetId::EMPTY {
            return seen;
        }
        let sets = &self.sets;
        let work = || sets.add(shape.origins(&sets.get(seen)));
        *self.origins.entry((seen, shape)).or_insert_with(work)
    }
}

/// One end of a walk: who stands for it, and at which address it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stand<'h> {
    pub(crate) holder: &'h Holder,
    /// The address that flows are sent from, or to.
    pub(crate) address: IpAddr,
}

/// The two ends for which walks were found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends<'h> {
    pub(crate) from: Stand<'h>,
    pub(crate) to: Stand<'h>,
}

/// Which of the two ends something belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    From,
    To,
    Neither,
}

impl Ends<'_> {
    /// Whether packets between the two addresses may take a walk.
    pub(crate) fn take(&self, walk: &Walk) -> bool {
        let guard = &walk.guard;
        let address = |view| self.address(view, self);
        guard.headers.sources.contains(self.from.address)
            && guard.headers.destinations.contains(self.to.address)
            && guard.conditions.iter().all(|condition| match *condition {
                Condition::SameAddress(a, b, equal) => (address(a) == address(b)) == equal,
                Condition::SamePort(..) | Condition::Fact(..) => true,
            })
    }

    fn of_interface(&self, interface: InterfaceId) -> Whose {
        if self.from.holder.interface == Some(interface) {
            Whose::From
        } else if self.to.holder.interface == Some(interface) {
            Whose::To
        } else {
            Whose::Neither
        }
    }

    /// Returns whose address a view shows, as far as it depends on the members.
    pub(crate) fn whose_address(&self, view: AddressView) -> Whose {
        let has = |end: &Stand<'_>, address| end.holder.reached_at().any(|it| it == address);
        match view {
            AddressView::Source => Whose::From,
            AddressView::Destination => Whose::To,
            AddressView::Fixed(address) if has(&self.from, address) => Whose::From,
            AddressView::Fixed(address) if has(&self.to, address) => Whose::To,
            AddressView::Fixed(_) => Whose::Neither,
        }
    }

    /// Returns whose filter a crossing is about.
    pub(crate) fn whose_layer(&self, network: &Network, crossing: &Crossing) -> Whose {
        match crossing.checkpoint.layer {
            Layer::SecurityGroups(at) | Layer::HostFirewall(at) => self.of_interface(at),
            Layer::HostForwarding(from, to) => match self.of_interface(from) {
                Whose::Neither => self.of_interface(to),
                other @ (Whose::From | Whose::To) => other,
            },
            Layer::Listener(instance, _) => {
                let has = |end: &Stand<'_>| {
                    end.holder.interface.and_then(|id| network.instance_of(id)) == Some(instance)
                };
                if has(&self.from) {
                    Whose::From
                } else if has(&self.to) {
                    Whose::To
                } else {
                    Whose::Neither
                }
            }
            Layer::NetworkAcl(..) | Layer::CloudFirewall(..) | Layer::ListenerAccess(..) => {
                Whose::Neither
            }
        }
    }

    /// Returns which of its holder's addresses a view shows, if it is an end's.
    pub(crate) fn position(&self, view: AddressView) -> Option<usize> {
        let (end, address) = match (view, self.whose_address(view)) {
            (AddressView::Source, _) => (&self.from, self.from.address),
            (AddressView::Destination, _) => (&self.to, self.to.address),
            (AddressView::Fixed(address), Whose::From) => (&self.from, address),
            (AddressView::Fixed(address), Whose::To) => (&self.to, address),
            (AddressView::Fixed(_), Whose::Neither) => return None,
        };
        end.holder.reached_at().position(|it| it == address)
    }

    /// Returns the address that one member has where the one that stands for it has `address`.
    pub(crate) fn address(&self, view: AddressView, members: &Self) -> IpAddr {
        let fixed = match view {
            AddressView::Source => return members.from.address,
            AddressView::Destination => return members.to.address,
            AddressView::Fixed(address) => address,
        };
        let counterpart = |end: &Stand<'_>, member: &Stand<'_>| {
            let at = end.holder.reached_at().position(|it| it == fixed)?;
            member.holder.reached_at().nth(at)
        };
        counterpart(&self.from, &members.from)
            .or_else(|| counterpart(&self.to, &members.to))
            .unwrap_or(fixed)
    }

    fn interface(&self, interface: InterfaceId, members: &Self) -> InterfaceId {
        let member = match self.of_interface(interface) {
            Whose::From => members.from.holder.interface,
            Whose::To => members.to.holder.interface,
            Whose::Neither => None,
        };
        member.unwrap_or(interface)
    }

    /// Returns a crossing as members meet it.
    fn crossing(&self, network: &Network, crossing: &Crossing, members: &Self) -> Crossing {
        let mut crossing = *crossing;
        let layer = &mut crossing.checkpoint.layer;
        match layer {
            Layer::SecurityGroups(at) | Layer::HostFirewall(at) => {
                *at = self.interface(*at, members);
            }
            Layer::HostForwarding(from, to) => {
                *from = self.interface(*from, members);
                *to = self.interface(*to, members);
            }
            Layer::Listener(instance, at) => {
                let of =
                    |end: &Stand<'_>| end.holder.interface.and_then(|id| network.instance_of(id));
                if of(&self.from) == Some(*instance) {
                    *instance = of(&members.from).unwrap_or(*instance);
                } else if of(&self.to) == Some(*instance) {
                    *instance = of(&members.to).unwrap_or(*instance);
                }
                *at = at.map(|at| self.interface(at, members));
            }
            Layer::NetworkAcl(..) | Layer::CloudFirewall(..) | Layer::ListenerAccess(..) => {}
        }
        crossing
    }
}

/// One way there, or there and back, with what of the original headers takes it.
#[derive(Debug)]
pub(crate) struct Leg<'t> {
    guard: &'t Guard,
    headers: SetId,
    /// The filters on it, by their positions in the template.
    crossed: Vec<usize>,
    /// The facts that must be true for it to end well.
    beyond: Vec<FactId>,
    translators: Vec<(Translator, PortSet)>,
}

/// A filter that some leg crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Crossed {
    pass: Pass,
    pub(crate) crossing: Crossing,
}

impl Crossed {
    /// Returns what decides which filter it is; `None` where everything passes.
    pub(crate) fn met(&self) -> Option<Met> {
        Met::at(self.pass, &self.crossing)
    }

    /// Whether its filter is one of two interfaces, which may be those of both ends.
    pub(crate) fn names_two(&self) -> bool {
        matches!(self.crossing.checkpoint.layer, Layer::HostForwarding(..))
    }
}

/// The ways between two seats.
#[derive(Debug)]
pub(crate) struct Template<'t, 'h> {
    pub(crate) ends: Ends<'h>,
    pub(crate) delivering: Vec<Leg<'t>>,
    pub(crate) answering: Vec<Leg<'t>>,
    pub(crate) crossed: Vec<Crossed>,
}

/// What the filters of a template let through between two members, in the template's order.
type Seen = Vec<SetId>;

/// What passes between two members, under values of the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Passes {
    pub(crate) delivered: SetId,
    pub(crate) answered: SetId,
}

/// What passes between two members: in any case, and at best.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Outcome {
    pub(crate) certain: Passes,
    pub(crate) possible: Passes,
    /// The facts that decide between the two.
    pub(crate) because: Vec<FactId>,
    /// Whether there were too many facts to try.
    pub(crate) too_many_facts: bool,
}

impl Outcome {
    /// What passes where nothing is left open.
    pub(crate) fn decided(passes: Passes) -> Self {
        Self { certain: passes, possible: passes, because: Vec::new(), too_many_facts: false }
    }

    /// Why nothing was decided, where a limit was hit.
    pub(crate) fn limit(&self) -> Option<String> {
        self.too_many_facts.then(|| {
            "more facts that neither help nor hinder than can be tried together".to_owned()
        })
    }
}

impl<'t, 'h> Template<'t, 'h> {
    /// Reads the trips between two ends that get there, or beyond what the input describes.
    pub(crate) fn of(
        worker: &mut Worker<'_, '_>,
        ends: Ends<'h>,
        end: Endpoint,
        trips: impl Iterator<Item = &'t Trip>,
    ) -> Self {
        let mut template =
            Self { ends, delivering: Vec::new(), answering: Vec::new(), crossed: Vec::new() };
        for trip in trips {
            let request = &trip.request;
            match request.end {
                End::Stopped(_) => continue,
                End::Arrived(place) if place != end => continue,
                End::Arrived(_) => {
                    let back = trip.replies.iter().filter(|walk| ends.take(walk));
                    for walk in back.filter(|walk| !matches!(walk.end, End::Stopped(_))) {
                        let leg = template.leg(worker, request, Some(walk));
                        template.answering.push(leg);
                    }
                }
                End::Unmodelled(_) => {
                    let leg = template.leg(worker, request, None);
                    template.answering.push(leg);
                }
            }
            let leg = template.leg(worker, request, None);
            template.delivering.push(leg);
        }
        template
    }

    /// The way there, and back where one is asked for; the guard of the way back includes the other's.
    fn leg(
        &mut self,
        worker: &mut Worker<'_, '_>,
        there: &'t Walk,
        back: Option<&'t Walk>,
    ) -> Leg<'t> {
        let guard = &back.unwrap_or(there).guard;
        let walks: Vec<&Walk> = std::iter::once(there).chain(back).collect();
        let mut crossed = Vec::new();
        let mut beyond = Vec::new();
        for walk in &walks {
            if let End::Unmodelled(fact) = walk.end {
                beyond.push(fact);
            }
            for crossing in walk.crossings().filter(|crossing| !crossing.as_reply) {
                let one = Crossed { pass: walk.pass, crossing: *crossing };
                let known = self.crossed.iter().position(|other| *other == one);
                crossed.push(known.unwrap_or(self.crossed.len()));
                if known.is_none() {
                    self.crossed.push(one);
                }
            }
        }
        Leg {
            guard,
            headers: worker.transports(&guard.headers),
            crossed,
            beyond,
            translators: translators(worker.network, guard, &walks),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.delivering.is_empty()
    }

    /// Returns what passes between two members.
    pub(crate) fn between(&self, worker: &mut Worker<'_, '_>, members: Ends<'_>) -> Outcome {
        let facts = self.facts(worker, &members);
        if facts.is_empty() {
            return Outcome::decided(self.under(worker, &members, &Valuation::default()));
        }
        self.with_facts(worker, &members, facts)
    }

    /// Returns the facts that what passes may depend on.
    fn facts(&self, worker: &mut Worker<'_, '_>, members: &Ends<'_>) -> Vec<FactId> {
        let mut facts = self.facts_of_ways();
        for crossed in &self.crossed {
            if let Some(filter) = self.filter(worker, crossed, members) {
                facts.extend(worker.filters.facts(filter).iter().copied());
            }
        }
        facts.into_iter().collect()
    }

    /// Returns the facts on which depends who takes which way, and where that ends.
    pub(crate) fn facts_of_ways(&self) -> BTreeSet<FactId> {
        let mut facts = BTreeSet::new();
        for leg in self.delivering.iter().chain(&self.answering) {
            facts.extend(leg.guard.conditions.iter().filter_map(|condition| match condition {
                Condition::Fact(fact, _) => Some(*fact),
                Condition::SamePort(..) | Condition::SameAddress(..) => None,
            }));
            facts.extend(leg.beyond.iter().copied());
        }
        facts
    }

    /// Returns the filter that members meet; `None` where it lets everything through.
    pub(crate) fn filter(
        &self,
        worker: &mut Worker<'_, '_>,
        crossed: &Crossed,
        members: &Ends<'_>,
    ) -> Option<FilterId> {
        let crossing = self.ends.crossing(worker.network, &crossed.crossing, members);
        worker.filters.of(crossed.pass, &crossing)
    }

    /// Returns what the filters let through between two members.
    fn seen(&self, worker: &mut Worker<'_, '_>, members: &Ends<'_>, valuation: &Valuation) -> Seen {
        let each = self.crossed.iter().map(|crossed| {
            let Some(filter) = self.filter(worker, crossed, members) else { return SetId::FULL };
            let view = crossed.crossing.header;
            let (sights, looks) = (worker.filters.sights(filter), worker.looks);
            let mut seen = |view, sight| {
                worker.filters.seen(looks.look(self.ends.address(view, members)), sight)
            };
            let between = Between {
                source: seen(view.source, sights.source),
                destination: seen(view.destination, sights.destination),
            };
            worker.filters.passes(&mut worker.sets, filter, between, valuation)
        });
        each.collect()
    }

    fn with_facts(
        &self,
        worker: &mut Worker<'_, '_>,
        members: &Ends<'_>,
        facts: Vec<FactId>,
    ) -> Outcome {
        /// The most facts that neither help nor hinder; each doubles the work.
        const MOST_EITHER_WAY: usize = 8;
        let network = worker.network;
        let either: Vec<FactId> = facts
            .iter()
            .copied()
            .filter(|fact| network.facts[*fact].polarity == Polarity::Neither)
            .collect();
        if either.len() > MOST_EITHER_WAY {
            let all = self.guards(worker);
            let none = Passes { delivered: SetId::EMPTY, answered: SetId::EMPTY };
            return Outcome { certain: none, possible: all, because: facts, too_many_facts: true };
        }
        let mut certain = Passes { delivered: SetId::FULL, answered: SetId::FULL };
        let mut possible = Passes { delivered: SetId::EMPTY, answered: SetId::EMPTY };
        for number in 0..1_u32 << either.len() {
            let value = |fact: FactId, helps: bool| match network.facts[fact].polarity {
                Polarity::Helps => helps,
                Polarity::Hinders => !helps,
                Polarity::Neither => {
                    let bit = either.iter().position(|other| *other == fact).unwrap_or(0);
                    number >> bit & 1 == 1
                }
            };
            let worst = facts.iter().map(|fact| (*fact, value(*fact, false))).collect();
            let worst = self.under(worker, members, &worst);
            certain.delivered = worker.sets.intersection(certain.delivered, worst.delivered);
            certain.answered = worker.sets.intersection(certain.answered, worst.answered);
            let best = facts.iter().map(|fact| (*fact, value(*fact, true))).collect();
            let best = self.under(worker, members, &best);
            possible.delivered = worker.sets.union(possible.delivered, best.delivered);
            possible.answered = worker.sets.union(possible.answered, best.answered);
        }
        let because =
            if certain == possible { Vec::new() } else { self.deciding(worker, members, facts) };
        Outcome { certain, possible, because, too_many_facts: false }
    }

    /// Returns the facts that change what passes where one of them changes alone, all others being as
    /// bad or as good as they can be.
    fn deciding(
        &self,
        worker: &mut Worker<'_, '_>,
        members: &Ends<'_>,
        facts: Vec<FactId>,
    ) -> Vec<FactId> {
        let network = worker.network;
        let helpful = |fact: FactId| network.facts[fact].polarity != Polarity::Hinders;
        let mut deciding = BTreeSet::new();
        for all_help in [false, true] {
            let base: Valuation =
                facts.iter().map(|fact| (*fact, helpful(*fact) == all_help)).collect();
            let before = self.under(worker, members, &base);
            for fact in &facts {
                let mut changed = base.clone();
                changed.set(*fact, !base.is_true(*fact));
                if self.under(worker, members, &changed) != before {
                    deciding.insert(*fact);
                }
            }
        }
        if deciding.is_empty() { facts } else { deciding.into_iter().collect() }
    }

    /// Returns everything that takes any way, whatever the filters say.
    fn guards(&self, worker: &mut Worker<'_, '_>) -> Passes {
        let mut all = |legs: &[Leg<'_>]| {
            legs.iter().fold(SetId::EMPTY, |sum, leg| worker.sets.union(sum, leg.headers))
        };
        Passes { delivered: all(&self.delivering), answered: all(&self.answering) }
    }

    fn under(
        &self,
        worker: &mut Worker<'_, '_>,
        members: &Ends<'_>,
        valuation: &Valuation,
    ) -> Passes {
        let seen = self.seen(worker, members, valuation);
        self.through(worker, &seen, valuation)
    }

    /// Returns what passes where the filters let this through.
    pub(crate) fn through(
        &self,
        worker: &mut Worker<'_, '_>,
        seen: &[SetId],
        valuation: &Valuation,
    ) -> Passes {
        let mut all = |legs: &[Leg<'_>]| {
            legs.iter().fold(SetId::EMPTY, |sum, leg| {
                let passes = leg.passes(worker, &self.crossed, seen, valuation);
                worker.sets.union(sum, passes)
            })
        };
        Passes { delivered: all(&self.delivering), answered: all(&self.answering) }
    }
}

/// What of the headers that a filter sees passes it.
struct Sieve {
    seen: SetId,
    view: HeaderView,
}

impl Leg<'_> {
    /// Whether no port that the network chooses on it matters.
    pub(crate) fn chooses_nothing(&self) -> bool {
        self.translators.is_empty()
    }

    /// Returns the original headers that take this way, whatever its filters say, where nothing is
    /// chosen and no fact decides.
    pub(crate) fn taking(&self, worker: &mut Worker<'_, '_>) -> SetId {
        self.chosen(worker, &[], &Vec::new())
    }

    /// Returns which filters are on it, and how the header looks to each where nothing is chosen.
    pub(crate) fn shapes<'c>(
        &'c self,
        crossed: &'c [Crossed],
    ) -> impl Iterator<Item = (usize, Shape)> + 'c {
        self.crossed
            .iter()
            .filter_map(|at| Some((*at, Shape::of(&crossed.get(*at)?.crossing.header, &[]))))
    }

    /// Returns the original headers that take this way and pass every filter on it.
    pub(crate) fn passes(
        &self,
        worker: &mut Worker<'_, '_>,
        crossed: &[Crossed],
        seen: &[SetId],
        valuation: &Valuation,
    ) -> SetId {
        let taken = self.guard.conditions.iter().all(|condition| match condition {
            Condition::Fact(fact, value) => valuation.is_true(*fact) == *value,
            Condition::SamePort(..) | Condition::SameAddress(..) => true,
        });
        if !taken || !self.beyond.iter().all(|fact| valuation.is_true(*fact)) {
            return SetId::EMPTY;
        }
        let mut sieves = Vec::with_capacity(self.crossed.len());
        for at in &self.crossed {
            let (Some(crossed), Some(seen)) = (crossed.get(*at), seen.get(*at)) else { continue };
            match *seen {
                SetId::EMPTY => return SetId::EMPTY,
                SetId::FULL => {}
                seen => sieves.push(Sieve { seen, view: crossed.crossing.header }),
            }
        }
        if self.translators.is_empty() {
            return self.chosen(worker, &sieves, &Vec::new());
        }
        let cuts = cuts(worker, &sieves);
        let choices = through::choices(&self.translators, &self.guard.conditions, |_| cuts.clone());
        choices.iter().fold(SetId::EMPTY, |sum, chosen| {
            let passes = self.chosen(worker, &sieves, chosen);
            worker.sets.union(sum, passes)
        })
    }

    /// Likewise, for what the network has chosen.
    fn chosen(&self, worker: &mut Worker<'_, '_>, sieves: &[Sieve], chosen: &Chosen) -> SetId {
        let mut passes = self.headers;
        if chosen.iter().any(|(_, port)| !matches!(port, Port::Fixed(_))) {
            let possible = worker.sets.add(through::possible(chosen, &self.translators));
            passes = worker.sets.intersection(passes, possible);
        }
        for condition in &self.guard.conditions {
            if let Condition::SamePort(a, b, equal) = *condition {
                let (a, b) = (through::port(a, chosen), through::port(b, chosen));
                let same = worker.sets.add(through::same_port(a, b, equal));
                passes = worker.sets.intersection(passes, same);
            }
        }
        for Sieve { seen, view } in sieves {
            passes = worker.passing(passes, *seen, Shape::of(view, chosen));
        }
        passes
    }
}

/// Returns the ports that may be told apart where the network has chosen one.
fn cuts(worker: &mut Worker<'_, '_>, sieves: &[Sieve]) -> Vec<u16> {
    let mut cuts = BTreeSet::new();
    for Sieve { seen, view } in sieves {
        let chosen = |port| matches!(port, PortView::Chosen(_));
        let (source, destination) = (chosen(view.source_port), chosen(view.destination_port));
        if !source && !destination {
            continue;
        }
        let sets = &worker.sets;
        let edges = worker.edges.entry(*seen).or_insert_with(|| sets.get(*seen).port_edges());
        cuts.extend(edges.0.iter().copied().filter(|_| destination));
        cuts.extend(edges.1.iter().copied().filter(|_| source));
    }
    cuts.into_iter().collect()
}

/// Returns the translators whose choice of a port may matter, with the ports they choose from.
fn translators(network: &Network, guard: &Guard, walks: &[&Walk]) -> Vec<(Translator, PortSet)> {
    let compared = guard.conditions.iter().flat_map(|condition| match *condition {
        Condition::SamePort(a, b, _) => vec![a, b],
        Condition::Fact(..) | Condition::SameAddress(..) => Vec::new(),
    });
    let crossed = walks.iter().flat_map(|walk| walk.crossings());
    let crossed = crossed.flat_map(|it| [it.header.source_port, it.header.destination_port]);
    let chosen: BTreeSet<Translator> = compared
        .chain(crossed)
        .filter_map(|port| match port {
            PortView::Chosen(translator) => Some(translator),
            PortView::Source | PortView::Destination { .. } | PortView::Fixed(_) => None,
        })
        .collect();
    let ports = |translator: Translator| {
        let vpc = match translator {
            Translator::NatGateway(gateway) => network.nat_gateways[gateway].vpc,
            Translator::LoadBalancer(interface) => network.vpc_of(interface),
        };
        PortSet::from(network.vpcs[vpc].profile.translation.ports)
    };
    chosen.into_iter().map(|translator| (translator, ports(translator))).collect()
}
