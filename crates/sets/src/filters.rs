//! Which headers a filter lets through, as a set, for packets between two looks
//! (`docs/forwarding.md` §§6 to 8c); firewalls of hosts are in `hosts`.

use std::{collections::BTreeSet, net::IpAddr};

use canreach_model::{
    Action, AddressGroupId, AddressMatch, Border, Checkpoint, CloudFirewallId, Combine, Direction,
    Exemption, FactId, FirewallList, IcmpMatch, InstanceId, InterfaceId, Layer, Listen,
    LoadBalancerId, Network, NetworkAclId, PacketMatch, Pass, Rule, SecurityGroupId, Setting,
    Valuation, VpcId,
};
use canreach_net::{Family, PortSet, Protocol, ProtocolSet, RangeSet};
use canreach_topology::Crossing;
use rustc_hash::FxHashMap;

use crate::{
    algebra::Algebra,
    cells::Cell,
    flow_set::FlowSet,
    hosts::{self, Connection, Hook},
    looks::{LookId, Looks},
    store::{self, SetId, Sets},
};

/// A filter, as far as it is one and the same for different packets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Filter {
    rules: Rules,
    direction: Direction,
    /// The VPC from which its rules refer to security groups; `None` where references match nothing.
    refers_from: Option<VpcId>,
    /// The groups of the load balancer that sent the packets on, to which its rules may refer.
    sent_on_by: Vec<SecurityGroupId>,
}

/// What a filter decides by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Rules {
    /// Security groups of an interface in a VPC, which decides how they combine.
    Groups(VpcId, Vec<SecurityGroupId>),
    Acl(VpcId, NetworkAclId),
    Cloud(CloudFirewallId, Border),
    Access(LoadBalancerId, usize),
    Host(Hook, Connection),
    Listener(InstanceId, Option<InterfaceId>),
}

/// The number of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FilterId(u32);

/// The number of what one filter can tell of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SeenId(u32);

/// What one filter can tell of an address: its cell, and its groups as the filter's references find
/// them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Seen {
    cell: Cell,
    groups: Vec<SecurityGroupId>,
}

/// How closely a filter looks at one of the two addresses of packets, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Sight {
    /// It only asks which of its VPC's exemptions name the address.
    Exemptions(VpcId, Exempting),
    /// Its rules tell cells apart.
    Cells,
    /// Its rules refer to groups, which it finds from this VPC in this direction.
    Groups(VpcId, Direction),
}

/// What is exempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Exempting {
    FromGroups,
    FromAcls,
}

/// How a filter looks at the source and at the destination of packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sights {
    pub(crate) source: Sight,
    pub(crate) destination: Sight,
}

impl Sights {
    /// Returns how the closer of two filters in one place looks.
    pub(crate) fn closer(self, other: Self) -> Self {
        Self {
            source: self.source.max(other.source),
            destination: self.destination.max(other.destination),
        }
    }
}

/// A filter, ready to be asked.
#[derive(Clone, Debug)]
struct Known {
    filter: Filter,
    /// What its decisions depend on.
    facts: Vec<FactId>,
    sights: Sights,
}

/// Answers of filters, each worked out once by a worker.
#[derive(Debug)]
pub(crate) struct Filters<'n> {
    network: &'n Network,
    looks: &'n Looks,
    numbers: FxHashMap<Filter, FilterId>,
    known: Vec<Known>,
    /// The filters of crossings met before.
    met: FxHashMap<Met, FilterId>,
    seen: FxHashMap<(LookId, Sight), SeenId>,
    /// One that stands for all that are exempt alike.
    exempt: FxHashMap<(Sight, Family, Vec<bool>), SeenId>,
    seen_numbers: FxHashMap<Seen, SeenId>,
    /// What is seen, with an address that is seen so.
    all_seen: Vec<(Seen, IpAddr)>,
    answers: FxHashMap<(FilterId, Between, Vec<bool>), SetId>,
    transports: FxHashMap<*const PacketMatch, SetId>,
}

/// What of a crossing decides which filter it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Met {
    pass: Pass,
    checkpoint: Checkpoint,
    known: bool,
    forwarded: bool,
    sent_on_by: Option<InterfaceId>,
}

impl Met {
    /// Returns what decides which filter a crossing is; `None` where it lets everything through.
    pub(crate) fn at(pass: Pass, crossing: &Crossing) -> Option<Self> {
        let Crossing { checkpoint, known, forwarded, sent_on_by, as_reply, header: _ } = *crossing;
        // Services listen for requests.
        let unasked = pass == Pass::Reply && matches!(checkpoint.layer, Layer::Listener(..));
        (!as_reply && !unasked).then_some(Self { pass, checkpoint, known, forwarded, sent_on_by })
    }
}

/// How a filter sees source and destination of packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Between {
    pub(crate) source: SeenId,
    pub(crate) destination: SeenId,
}

impl<'n> Filters<'n> {
    pub(crate) fn new(network: &'n Network, looks: &'n Looks) -> Self {
        Self {
            network,
            looks,
            numbers: FxHashMap::default(),
            known: Vec::new(),
            met: FxHashMap::default(),
            seen: FxHashMap::default(),
            exempt: FxHashMap::default(),
            seen_numbers: FxHashMap::default(),
            all_seen: Vec::new(),
            answers: FxHashMap::default(),
            transports: FxHashMap::default(),
        }
    }

    pub(crate) fn network(&self) -> &'n Network {
        self.network
    }

    /// Returns the filter of a crossing; `None` where it lets everything through.
    pub(crate) fn of(&mut self, pass: Pass, crossing: &Crossing) -> Option<FilterId> {
        let met = Met::at(pass, crossing)?;
        if let Some(known) = self.met.get(&met) {
            return Some(*known);
        }
        let filter = self.filter(pass, crossing);
        let filter = self.number(filter);
        self.met.insert(met, filter);
        Some(filter)
    }

    fn number(&mut self, filter: Filter) -> FilterId {
        if let Some(known) = self.numbers.get(&filter) {
            return *known;
        }
        let id = FilterId(u32::try_from(self.known.len()).unwrap_or(u32::MAX));
        let sights = self.sights_of(&filter);
        let facts = self.facts_of(&filter.rules, filter.direction);
        self.known.push(Known { filter: filter.clone(), facts, sights });
        self.numbers.insert(filter, id);
        id
    }

    fn filter(&self, pass: Pass, crossing: &Crossing) -> Filter {
        let network = self.network;
        let direction = crossing.checkpoint.direction;
        let plain = |rules| Filter { rules, direction, refers_from: None, sent_on_by: Vec::new() };
        let in_vpc = |rules, vpc: VpcId| {
            let profile = &network.vpcs[vpc].profile.security_group;
            let may_refer = profile.reference_when_forwarded || !crossing.forwarded;
            let sender = crossing.sent_on_by.filter(|_| direction == Direction::Ingress);
            Filter {
                rules,
                direction,
                refers_from: may_refer.then_some(vpc),
                sent_on_by: sender
                    .map(|id| network.interfaces[id].security_groups.clone())
                    .unwrap_or_default(),
            }
        };
        match crossing.checkpoint.layer {
            Layer::SecurityGroups(id) => {
                let vpc = network.vpc_of(id);
                in_vpc(Rules::Groups(vpc, network.interfaces[id].security_groups.clone()), vpc)
            }
            Layer::NetworkAcl(acl, subnet) => {
                let vpc = network.subnets[subnet].vpc;
                in_vpc(Rules::Acl(vpc, acl), vpc)
            }
            Layer::CloudFirewall(firewall, border) => plain(Rules::Cloud(firewall, border)),
            Layer::ListenerAccess(balancer, listener) => plain(Rules::Access(balancer, listener)),
            Layer::HostFirewall(at) => {
                let hook = match direction {
                    Direction::Ingress => Hook::Input(at),
                    Direction::Egress => Hook::Output(at),
                };
                plain(Rules::Host(hook, Connection::of(pass, crossing.known)))
            }
            Layer::HostForwarding(from, to) => {
                plain(Rules::Host(Hook::Forward(from, to), Connection::of(pass, crossing.known)))
            }
            Layer::Listener(instance, at) => plain(Rules::Listener(instance, at)),
        }
    }

    /// Returns the facts that a filter's decisions depend on.
    pub(crate) fn facts(&self, id: FilterId) -> &[FactId] {
        self.at(id).map_or(&[], |known| known.facts.as_slice())
    }

    fn at(&self, id: FilterId) -> Option<&Known> {
        self.known.get(usize::try_from(id.0).unwrap_or(usize::MAX))
    }

    /// The lists of rules a filter looks at.
    fn lists(&self, rules: &Rules, direction: Direction) -> Vec<&'n [Rule]> {
        let network = self.network;
        match rules {
            Rules::Groups(_, groups) => {
                groups.iter().map(|id| network.security_groups[*id].rules.of(direction)).collect()
            }
            Rules::Acl(_, acl) => vec![network.network_acls[*acl].rules.of(direction)],
            Rules::Cloud(firewall, border) => {
                let rules = network.cloud_firewalls[*firewall].at(*border);
                FirewallList::ALL.iter().map(|list| rules.list(*list, direction)).collect()
            }
            Rules::Access(balancer, listener) => {
                let listener = network.load_balancers[*balancer].listeners.get(*listener);
                let access = listener.and_then(|listener| listener.access.as_ref());
                access.map(|list| list.rules.as_slice()).into_iter().collect()
            }
            Rules::Host(..) | Rules::Listener(..) => Vec::new(),
        }
    }

    fn sights_of(&self, filter: &Filter) -> Sights {
        let least = match filter.rules {
            Rules::Groups(vpc, _) => Sight::Exemptions(vpc, Exempting::FromGroups),
            Rules::Acl(vpc, _) => Sight::Exemptions(vpc, Exempting::FromAcls),
            Rules::Cloud(..) | Rules::Access(..) | Rules::Host(..) | Rules::Listener(..) => {
                Sight::Cells
            }
        };
        let of = |side: AddressMatch| match (side, filter.refers_from) {
            (AddressMatch::Any, _) => least,
            (AddressMatch::SecurityGroup(_), Some(vpc)) => Sight::Groups(vpc, filter.direction),
            (
                AddressMatch::SecurityGroup(_)
                | AddressMatch::Range(_)
                | AddressMatch::AddressGroup(_),
                _,
            ) => Sight::Cells,
        };
        let rules = self.lists(&filter.rules, filter.direction).into_iter().flatten();
        let sights = rules.map(|rule| Sights {
            source: of(rule.matches.source),
            destination: of(rule.matches.destination),
        });
        sights.fold(Sights { source: least, destination: least }, Sights::closer)
    }

    fn facts_of(&self, rules: &Rules, direction: Direction) -> Vec<FactId> {
        let lists = self.lists(rules, direction).into_iter().flatten();
        let mut facts: BTreeSet<FactId> =
            lists.filter_map(|rule| rule.matches.unresolved).collect();
        match rules {
            Rules::Groups(vpc, groups) => {
                let profile = &self.network.vpcs[*vpc].profile.security_group;
                if let Setting::Disputed { fact, .. } = profile.default_priority
                    && profile.combine == Combine::FirstMatch
                    && groups.iter().any(|id| {
                        let rules = self.network.security_groups[*id].rules.of(direction);
                        rules.iter().any(|rule| rule.priority.is_none())
                    })
                {
                    facts.insert(fact);
                }
            }
            Rules::Host(hook, _) => facts.extend(hosts::facts(self.network, *hook)),
            Rules::Acl(..) | Rules::Cloud(..) | Rules::Access(..) | Rules::Listener(..) => {}
        }
        facts.into_iter().collect()
    }

    /// Returns the headers that a filter lets through, as it sees them, under values of the facts.
    pub(crate) fn passes(
        &mut self,
        sets: &mut Sets<'_>,
        id: FilterId,
        between: Between,
        valuation: &Valuation,
    ) -> SetId {
        let Some(known) = self.at(id) else { return SetId::EMPTY };
        let values: Vec<bool> = known.facts.iter().map(|fact| valuation.is_true(*fact)).collect();
        let key = (id, between, values);
        if let Some(answer) = self.answers.get(&key) {
            return *answer;
        }
        let filter = known.filter.clone();
        let seen = |id: SeenId| self.all_seen.get(usize::try_from(id.0).unwrap_or(usize::MAX));
        let (source, destination) = (seen(between.source), seen(between.destination));
        let Some((source, destination)) = source.zip(destination) else { return SetId::EMPTY };
        let mut packets = Packets {
            source: source.1,
            destination: destination.1,
            source_groups: source.0.groups.clone(),
            destination_groups: destination.0.groups.clone(),
            valuation,
            sent_on_by: &filter.sent_on_by,
        };
        let answer = self.decide(sets, &filter, &mut packets);
        store::remember(&mut self.answers, key, answer);
        answer
    }

    /// Returns how a filter looks at addresses.
    pub(crate) fn sights(&self, id: FilterId) -> Sights {
        let cells = Sights { source: Sight::Cells, destination: Sight::Cells };
        self.at(id).map_or(cells, |known| known.sights)
    }

    /// Returns what filters that look like this can tell of an address.
    pub(crate) fn seen(&mut self, look: LookId, sight: Sight) -> SeenId {
        if let Some(known) = self.seen.get(&(look, sight)) {
            return *known;
        }
        let id = match sight {
            Sight::Exemptions(vpc, exempting) => self.seen_by_exemptions(look, vpc, exempting),
            Sight::Cells => self.number_seen(look, Vec::new()),
            Sight::Groups(vpc, direction) => {
                self.number_seen(look, self.looks.groups(self.network, look, vpc, direction))
            }
        };
        self.seen.insert((look, sight), id);
        id
    }

    /// Returns the first that was seen of those that the same exemptions of a VPC name.
    fn seen_by_exemptions(&mut self, look: LookId, vpc: VpcId, exempting: Exempting) -> SeenId {
        let profile = &self.network.vpcs[vpc].profile;
        let exemptions = match exempting {
            Exempting::FromGroups => &profile.security_group.exempt,
            Exempting::FromAcls => &profile.network_acl.exempt,
        };
        let address = self.looks.example(look);
        let named = exemptions.iter().map(|exemption| exemption.prefix.contains(&address));
        let sight = Sight::Exemptions(vpc, exempting);
        let key = (sight, Family::of(address), named.collect::<Vec<_>>());
        if let Some(known) = self.exempt.get(&key) {
            return *known;
        }
        let first = self.number_seen(look, Vec::new());
        self.exempt.insert(key, first);
        first
    }

    fn number_seen(&mut self, look: LookId, groups: Vec<SecurityGroupId>) -> SeenId {
        let seen = Seen { cell: self.looks.cell(look), groups };
        let (all, looks) = (&mut self.all_seen, self.looks);
        *self.seen_numbers.entry(seen).or_insert_with_key(|seen| {
            all.push((seen.clone(), looks.example(look)));
            SeenId(u32::try_from(all.len() - 1).unwrap_or(u32::MAX))
        })
    }

    fn decide(&mut self, sets: &mut Sets<'_>, filter: &Filter, packets: &mut Packets<'_>) -> SetId {
        let network = self.network;
        match &filter.rules {
            Rules::Groups(vpc, groups) => {
                let profile = &network.vpcs[*vpc].profile.security_group;
                let by_rules = match profile.combine {
                    Combine::AnyAllow => self.any_allow(sets, filter, groups, packets),
                    Combine::FirstMatch => {
                        let default = profile.default_priority.value(packets.valuation);
                        let rules = by_priority(network, groups, filter.direction, default);
                        self.first_match(sets, rules.into_iter(), Action::Deny, packets)
                    }
                };
                let exempt = exempt(sets, &profile.exempt, packets);
                sets.union(by_rules, exempt)
            }
            Rules::Acl(vpc, acl) => {
                let rules = network.network_acls[*acl].rules.of(filter.direction).iter();
                let by_rules = self.first_match(sets, rules, Action::Deny, packets);
                let profile = &network.vpcs[*vpc].profile.network_acl;
                let exempt = exempt(sets, &profile.exempt, packets);
                sets.union(by_rules, exempt)
            }
            Rules::Cloud(firewall, border) => {
                let lists = network.cloud_firewalls[*firewall].at(*border);
                let white = self.matched(sets, &lists.white_list, packets);
                let black = self.matched(sets, &lists.black_list, packets);
                let rules = lists.rules.of(filter.direction).iter();
                let by_rules = self.first_match(sets, rules, lists.default, packets);
                let allowed = sets.difference(by_rules, black);
                sets.union(white, allowed)
            }
            Rules::Access(balancer, listener) => {
                let listener = network.load_balancers[*balancer].listeners.get(*listener);
                match listener.and_then(|listener| listener.access.as_ref()) {
                    Some(list) => self.first_match(sets, list.rules.iter(), list.default, packets),
                    None => SetId::FULL,
                }
            }
            Rules::Host(hook, connection) => hosts::passes(self, sets, *hook, *connection, packets),
            Rules::Listener(instance, at) => sets.add(self.listener(*instance, *at, packets)),
        }
    }

    /// What any allow rule of any group matches; each group is asked by itself, since most interfaces
    /// share them.
    fn any_allow(
        &mut self,
        sets: &mut Sets<'_>,
        filter: &Filter,
        groups: &[SecurityGroupId],
        packets: &Packets<'_>,
    ) -> SetId {
        let mut passes = SetId::EMPTY;
        for group in groups {
            let rules = self.network.security_groups[*group].rules.of(filter.direction);
            for rule in rules.iter().filter(|rule| rule.action == Action::Allow) {
                let matched = self.matches(sets, &rule.matches, packets);
                passes = sets.union(passes, matched);
            }
        }
        passes
    }

    /// What the first rule that matches allows.
    fn first_match<'r>(
        &mut self,
        sets: &mut Sets<'_>,
        rules: impl Iterator<Item = &'r Rule>,
        default: Action,
        packets: &Packets<'_>,
    ) -> SetId {
        let (mut rest, mut passes) = (SetId::FULL, SetId::EMPTY);
        for rule in rules {
            let matched = self.matches(sets, &rule.matches, packets);
            if rule.action == Action::Allow {
                let first = sets.intersection(rest, matched);
                passes = sets.union(passes, first);
            }
            rest = sets.difference(rest, matched);
            if rest == SetId::EMPTY {
                break;
            }
        }
        match default {
            Action::Allow => sets.union(passes, rest),
            Action::Deny => passes,
        }
    }

    /// What any of the rules matches, whatever it does.
    fn matched(&mut self, sets: &mut Sets<'_>, rules: &[Rule], packets: &Packets<'_>) -> SetId {
        rules.iter().fold(SetId::EMPTY, |sum, rule| {
            let matched = self.matches(sets, &rule.matches, packets);
            sets.union(sum, matched)
        })
    }

    /// Returns the headers that a rule matches, between these addresses.
    pub(crate) fn matches(
        &mut self,
        sets: &mut Sets<'_>,
        rule: &PacketMatch,
        packets: &Packets<'_>,
    ) -> SetId {
        let (source, destination) = (packets.source, packets.destination);
        let sent_on = matches!(rule.source, AddressMatch::SecurityGroup(group)
            if packets.sent_on_by.contains(&group));
        let side = |side: AddressMatch, address, groups: &[SecurityGroupId]| match side {
            AddressMatch::Any => true,
            AddressMatch::Range(range) => range.contains(address),
            AddressMatch::SecurityGroup(group) => groups.contains(&group),
            AddressMatch::AddressGroup(group) => self.is_in_group(group, address),
        };
        let addresses = rule.family.is_none_or(|family| family == Family::of(destination))
            && (sent_on || side(rule.source, source, &packets.source_groups))
            && side(rule.destination, destination, &packets.destination_groups)
            && rule.unresolved.is_none_or(|fact| packets.valuation.is_true(fact));
        if !addresses {
            return SetId::EMPTY;
        }
        *self
            .transports
            .entry(std::ptr::from_ref(rule))
            .or_insert_with(|| sets.add(transport_of(rule)))
    }

    fn is_in_group(&self, group: AddressGroupId, address: IpAddr) -> bool {
        let entries = &self.network.address_groups[group].entries;
        entries.iter().any(|entry| entry.range.contains(address))
    }

    /// Returns the requests for which a service listens, or that services do not judge.
    fn listener(
        &self,
        instance: InstanceId,
        at: Option<InterfaceId>,
        packets: &Packets<'_>,
    ) -> FlowSet {
        let Some(services) = &self.network.instances[instance].services else {
            return FlowSet::full();
        };
        let destination = packets.destination;
        let family = Family::of(destination);
        let heard = services.iter().filter(|service| match service.listen {
            Listen::Any => true,
            Listen::AnyV4 => family == Family::V4,
            Listen::AnyV6 => family == Family::V6,
            Listen::Interface(only) => at == Some(only),
            Listen::Address(address) => !address.is_loopback() && address == destination,
        });
        let judged: ProtocolSet = [Protocol::TCP, Protocol::UDP]
            .iter()
            .map(|Protocol(number)| (*number, *number))
            .collect();
        let unjudged = FlowSet::of_protocols(&judged.complement());
        heard.fold(unjudged, |sum, service| {
            let protocol = ProtocolSet::single(service.protocol.0);
            let ports = PortSet::from(service.ports);
            let all = RangeSet::all();
            sum.union(&FlowSet::product(&protocol, &PortSet::all(), &ports, &all, &all))
        })
    }
}

/// Packets of a crossing, as a filter can tell them.
#[derive(Debug)]
pub(crate) struct Packets<'p> {
    /// An address of the cell that the source is in, and likewise of the destination.
    source: IpAddr,
    destination: IpAddr,
    source_groups: Vec<SecurityGroupId>,
    destination_groups: Vec<SecurityGroupId>,
    valuation: &'p Valuation,
    sent_on_by: &'p [SecurityGroupId],
}

/// Returns the rules of groups in the order in which they are tried (§7).
fn by_priority<'n>(
    network: &'n Network,
    groups: &[SecurityGroupId],
    direction: Direction,
    default: u16,
) -> Vec<&'n Rule> {
    let mut ordered = Vec::new();
    for group in groups {
        let mut rules: Vec<&Rule> =
            network.security_groups[*group].rules.of(direction).iter().collect();
        // Stable: rules of one priority and action stay in order.
        rules.sort_by_key(|rule| (rule.priority.unwrap_or(default), rule.action == Action::Allow));
        ordered.extend(rules);
    }
    ordered
}

/// Returns the transport headers that a rule matches.
fn transport_of(rule: &PacketMatch) -> FlowSet {
    let only = |protocols: [Protocol; 2]| -> ProtocolSet {
        protocols.into_iter().map(|Protocol(number)| (number, number)).collect()
    };
    let mut protocols = match rule.protocol {
        Some(Protocol(number)) => ProtocolSet::single(number),
        None => ProtocolSet::all(),
    };
    if !rule.source_ports.is_all() || !rule.destination_ports.is_all() {
        protocols = protocols.intersection(&only([Protocol::TCP, Protocol::UDP]));
    }
    let byte = |value: Option<u8>| value.map_or_else(RangeSet::all, RangeSet::single);
    let (mut types, mut codes) = (RangeSet::all(), RangeSet::all());
    if let Some(IcmpMatch { kind, code }) = rule.icmp {
        protocols = protocols.intersection(&only([Protocol::ICMP, Protocol::ICMPV6]));
        (types, codes) = (byte(kind), byte(code));
    }
    FlowSet::product(&protocols, &rule.source_ports, &rule.destination_ports, &types, &codes)
}

/// Returns the headers that an exemption names: by their far side, which is either.
fn exempt(sets: &mut Sets<'_>, exemptions: &[Exemption], packets: &Packets<'_>) -> SetId {
    let (source, destination) = (packets.source, packets.destination);
    let mut exempt = SetId::EMPTY;
    for Exemption { prefix, service } in exemptions {
        for (address, is_source) in [(destination, false), (source, true)] {
            if !prefix.contains(&address) {
                continue;
            }
            let named = match *service {
                None => SetId::FULL,
                Some((protocol, port)) => sets.add(from_or_to(protocol, port, is_source)),
            };
            exempt = sets.union(exempt, named);
        }
    }
    exempt
}

/// Returns the headers of a protocol with ports from or to a port.
fn from_or_to(protocol: Protocol, port: u16, is_source: bool) -> FlowSet {
    if !protocol.has_ports() {
        return FlowSet::empty();
    }
    let (one, every) = (PortSet::single(port), PortSet::all());
    let (source, destination) = if is_source { (&one, &every) } else { (&every, &one) };
    let protocols = ProtocolSet::single(protocol.0);
    FlowSet::product(&protocols, source, destination, &RangeSet::all(), &RangeSet::all())
}
