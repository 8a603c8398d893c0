//! Each layer by itself: the solver's formula must say of any packet what `eval` says.
//!
//! Networks come from a seed, which a failure names: a generated one, to which are added firewalls of
//! every kind with many rules, since there the two engines have most to disagree about.

use std::net::IpAddr;

use canreach_eval::{Packet, judge, judge_reply};
use canreach_model::{
    AccessList, Action, AddressMatch, BalancerListener, Border, BorderRules, Chain, ChainRule,
    ChainVerdict, Checkpoint, CloudFirewall, ConnectionState, Direction, Endpoint, Fact, FactId,
    Forwarding, HookPoint, HostFirewall, HostFirewallKind, IcmpMatch, ImpliedBy, InterfaceId,
    Layer, LoadBalancer, Meta, Network, Origin, PacketMatch, Pass, Place, Polarity, Policy, Rule,
    RuleSet, Valuation,
};
use canreach_net::{
    AddressSet, Family, Header, Icmp, PortRange, PortSet, Ports, Protocol, ProtocolSet, RangeSet,
    Transport,
};
use canreach_smt::{Limits, blockers};
use canreach_testkit::{Random, generate, show};
use canreach_topology::{
    AddressView, Condition, Crossing, End, Guard, HeaderSet, HeaderView, PortView, Step, Trip, Walk,
};
use petgraph::graph::NodeIndex;
use rayon::prelude::*;

const ORIGIN: Origin = Origin::Implied(ImpliedBy::DefaultObject);
const DIRECTIONS: [Direction; 2] = [Direction::Ingress, Direction::Egress];
const BORDERS: [Border; 3] = [Border::Internet, Border::Vpc, Border::Nat];
const STATES: [ConnectionState; 3] =
    [ConnectionState::New, ConnectionState::Established, ConnectionState::Invalid];
const CHAINS: usize = 5;
const LARGEST_PORT: u16 = 6;

/// The networks that are tried.
const SEEDS: std::ops::Range<u64> = 0..12;

/// Makes random layers and packets.
struct Maker {
    random: Random,
    /// Addresses that rules and packets have.
    addresses: Vec<IpAddr>,
    facts: Vec<FactId>,
}

impl Maker {
    fn action(&mut self) -> Action {
        self.random.pick(&[Action::Allow, Action::Deny])
    }

    fn port(&mut self) -> u16 {
        self.random.between(0, LARGEST_PORT)
    }

    fn byte(&mut self, values: &[u8]) -> Option<u8> {
        self.random.chance(60).then(|| self.random.pick(values))
    }

    fn side(&mut self) -> AddressMatch {
        if self.random.chance(40) {
            return AddressMatch::Any;
        }
        let one = self.random.pick(&self.addresses);
        let other = self.random.pick(&self.addresses);
        let range = canreach_net::AddressRange::new(one.min(other), one.max(other));
        AddressMatch::Range(range.unwrap_or_else(|| one.into()))
    }

    fn ports(&mut self) -> PortSet {
        if self.random.chance(60) {
            return PortSet::all();
        }
        let (one, other) = (self.port(), self.port());
        PortSet::range(one.min(other), one.max(other))
    }

    fn matches(&mut self) -> PacketMatch {
        // One field alone matches often, all of them seldom.
        let everything = PacketMatch::everything;
        match self.random.between(0, 5) {
            0 | 1 => return PacketMatch { source: self.side(), ..everything() },
            2 => return PacketMatch { destination_ports: self.ports(), ..everything() },
            _ => {}
        }
        let protocols =
            [Protocol::TCP, Protocol::UDP, Protocol::ICMP, Protocol::ICMPV6, Protocol::GRE];
        let icmp = self
            .random
            .chance(15)
            .then(|| IcmpMatch { kind: self.byte(&[0, 3, 8, 128]), code: self.byte(&[0, 1]) });
        PacketMatch {
            family: self.random.chance(15).then(|| self.random.pick(&[Family::V4, Family::V6])),
            protocol: self.random.chance(50).then(|| self.random.pick(&protocols)),
            source: self.side(),
            destination: self.side(),
            source_ports: if self.random.chance(25) { self.ports() } else { PortSet::all() },
            destination_ports: self.ports(),
            icmp,
            unresolved: self.random.chance(10).then(|| self.random.pick(&self.facts)),
        }
    }

    fn rules(&mut self) -> Vec<Rule> {
        let count = self.random.between(0, 5);
        let rule = |_| Rule {
            id: None,
            number: None,
            priority: None,
            action: self.action(),
            matches: self.matches(),
            origin: ORIGIN,
        };
        (0..count).map(rule).collect()
    }

    fn border(&mut self) -> BorderRules {
        BorderRules {
            white_list: if self.random.chance(50) { self.rules() } else { Vec::new() },
            black_list: if self.random.chance(50) { self.rules() } else { Vec::new() },
            rules: RuleSet { ingress: self.rules(), egress: self.rules() },
            default: self.action(),
        }
    }

    /// A packet, perhaps forwarded, and then perhaps sent on by a load balancer at one of the
    /// interfaces: whichever it is, what counts is its groups.
    fn packet(&mut self, interfaces: &[InterfaceId]) -> Packet {
        let header = self.header();
        let forwarded = self.random.chance(40);
        let by_balancer = forwarded && self.random.chance(50);
        let sent_on_by = self.random.pick_any(interfaces).filter(|_| by_balancer);
        Packet { header, forwarded, sent_on_by }
    }

    fn listener(&mut self) -> BalancerListener {
        let list = AccessList { rules: self.rules(), default: self.action() };
        BalancerListener {
            protocol: Protocol::TCP,
            family: None,
            ports: PortRange::ALL,
            forwarding: Forwarding::Proxy,
            targets: Vec::new(),
            access: self.random.chance(90).then_some(list),
            origin: ORIGIN,
        }
    }

    /// A rule of the chain at `at`, of a host with these interfaces; it leads to later chains only.
    fn chain_rule(&mut self, at: usize, interfaces: &[InterfaceId]) -> ChainRule {
        let later: Vec<usize> = (at + 1..CHAINS).filter(|later| *later > 1).collect();
        let verdict = match (self.random.between(0, 9), self.random.pick_any(&later)) {
            (0..=2, Some(to)) => ChainVerdict::Jump(to),
            (3, Some(to)) => ChainVerdict::Goto(to),
            (4, _) => ChainVerdict::Return,
            (5, _) => ChainVerdict::Reject,
            (6, _) => ChainVerdict::Drop,
            _ => ChainVerdict::Accept,
        };
        let states = self
            .random
            .chance(20)
            .then(|| STATES.into_iter().filter(|_| self.random.chance(60)).collect::<Vec<_>>());
        let mut interface = || {
            let some = self.random.chance(10);
            some.then(|| self.random.pick_any(interfaces)).flatten()
        };
        let (input, output) = (interface(), interface());
        let everything = self.random.chance(20);
        let matches = if everything { PacketMatch::everything() } else { self.matches() };
        ChainRule { name: None, matches, states, input, output, verdict, origin: ORIGIN }
    }

    /// Chains of which the first two may be base chains, of one hook or two.
    fn chains(&mut self, interfaces: &[InterfaceId]) -> Vec<Chain> {
        let hooks = [HookPoint::Input, HookPoint::Output, HookPoint::Forward];
        let chain = |at| {
            let hook = self.random.pick(&hooks);
            let policy = self.random.pick(&[Policy::Accept, Policy::Drop]);
            let count = self.random.between(0, 5);
            Chain {
                name: format!("chain {at}"),
                base: (at < 2).then_some((hook, policy)),
                rules: (0..count).map(|_| self.chain_rule(at, interfaces)).collect(),
                origin: ORIGIN,
            }
        };
        (0..CHAINS).map(chain).collect()
    }

    /// Adds firewalls of every kind.
    fn add_layers(&mut self, network: &mut Network) {
        let meta = |id: &str| Meta::new(id, ORIGIN);
        network.cloud_firewalls.push(CloudFirewall {
            meta: meta("cfw"),
            stateful: self.random.chance(50),
            internet: self.border(),
            vpc: self.border(),
            nat: self.border(),
        });
        let listeners = vec![self.listener(), self.listener()];
        network.load_balancers.push(LoadBalancer { meta: meta("elb"), listeners });
        for instance in network.instances.ids() {
            let own = |at: &InterfaceId| network.instance_of(*at) == Some(instance);
            let interfaces: Vec<InterfaceId> = network.interfaces.ids().filter(own).collect();
            let chains = self.chains(&interfaces);
            let kind = HostFirewallKind::Linux;
            network.instances[instance].firewall =
                Some(HostFirewall { kind, chains, origin: ORIGIN });
        }
    }

    fn header(&mut self) -> Header {
        let source = self.random.pick(&self.addresses);
        let of_family = |address: &&IpAddr| address.is_ipv4() == source.is_ipv4();
        let others: Vec<IpAddr> = self.addresses.iter().filter(of_family).copied().collect();
        let icmp = if source.is_ipv4() { Protocol::ICMP } else { Protocol::ICMPV6 };
        let protocols = [Protocol::TCP, Protocol::TCP, Protocol::UDP, icmp, Protocol::GRE];
        let transport = Transport::new(
            self.random.pick(&protocols),
            Ports { source: self.port(), destination: self.port() },
            Icmp { kind: self.random.pick(&[0, 3, 8, 128]), code: self.random.pick(&[0, 1]) },
        );
        Header { source, destination: self.random.pick(&others), transport }
    }
}

/// Every checkpoint that a network has.
fn checkpoints(network: &Network) -> Vec<Checkpoint> {
    let mut layers = Vec::new();
    for (at, interface) in network.interfaces.iter() {
        layers.extend(interface.filtered.then_some(Layer::SecurityGroups(at)));
        let Some(instance) = network.instance_of(at) else { continue };
        layers.push(Layer::HostFirewall(at));
        layers.extend([Some(at), None].map(|arrived| Layer::Listener(instance, arrived)));
        let of_one = |to: &InterfaceId| network.instance_of(*to) == Some(instance);
        let others = network.interfaces.ids().filter(of_one);
        layers.extend(others.map(|to| Layer::HostForwarding(at, to)));
    }
    for (id, subnet) in network.subnets.iter() {
        layers.extend(subnet.network_acl.map(|acl| Layer::NetworkAcl(acl, id)));
    }
    for firewall in network.cloud_firewalls.ids() {
        layers.extend(BORDERS.map(|border| Layer::CloudFirewall(firewall, border)));
    }
    for (id, balancer) in network.load_balancers.iter() {
        let listeners = 0..balancer.listeners.len();
        layers.extend(listeners.map(|listener| Layer::ListenerAccess(id, listener)));
    }
    let checkpoint = |layer| DIRECTIONS.map(|direction| Checkpoint { layer, direction });
    let judged = |it: &Checkpoint| it.direction == Direction::Ingress || judges_egress(it.layer);
    layers.into_iter().flat_map(checkpoint).filter(judged).collect()
}

/// Whether a layer judges what is sent apart from what is received.
fn judges_egress(layer: Layer) -> bool {
    match layer {
        Layer::SecurityGroups(_)
        | Layer::NetworkAcl(..)
        | Layer::CloudFirewall(..)
        | Layer::HostFirewall(_) => true,
        Layer::ListenerAccess(..) | Layer::HostForwarding(..) | Layer::Listener(..) => false,
    }
}

/// A set of headers around one, and conditions that pin it: the wider the set, the less the encoding may
/// leave out.
fn around(header: &Header, wide: bool) -> (HeaderSet, Vec<Condition>) {
    let Protocol(protocol) = header.transport.protocol();
    let all = AddressSet::from(header.family().everywhere());
    let mut set = HeaderSet::between(all.clone(), all);
    set.protocols = ProtocolSet::single(protocol);
    if let Some(icmp) = header.transport.icmp() {
        set.icmp_types = RangeSet::single(icmp.kind);
        set.icmp_codes = RangeSet::single(icmp.code);
    }
    let address = |view, address| Condition::SameAddress(view, AddressView::Fixed(address), true);
    let mut pins = vec![
        address(AddressView::Source, header.source),
        address(AddressView::Destination, header.destination),
    ];
    if let Some(ports) = header.transport.ports() {
        let port = |view, port| Condition::SamePort(view, PortView::Fixed(port), true);
        pins.push(port(PortView::Source, ports.source));
        pins.push(port(PortView::Destination { shift: 0 }, ports.destination));
    }
    if !wide {
        set.sources = header.source.into();
        set.destinations = header.destination.into();
        if let Some(ports) = header.transport.ports() {
            set.source_ports = PortSet::single(ports.source);
            set.destination_ports = PortSet::single(ports.destination);
        }
    }
    (set, pins)
}

/// What is asked of a layer.
#[derive(Clone, Copy, Debug)]
struct Asked {
    checkpoint: Checkpoint,
    packet: Packet,
    /// Whether it is a reply, and if so, whether to a request that the layer saw.
    reply: Option<bool>,
}

impl Asked {
    fn crossing(self, network: &Network) -> Crossing {
        let saw = self.reply == Some(true);
        Crossing {
            checkpoint: self.checkpoint,
            header: HeaderView::ORIGINAL,
            as_reply: saw && is_stateful(network, self.checkpoint.layer),
            known: saw,
            forwarded: self.packet.forwarded,
            sent_on_by: self.packet.sent_on_by,
        }
    }

    /// What `eval` says.
    fn judged(self, network: &Network, valuation: &Valuation) -> bool {
        let Self { checkpoint, packet, reply } = self;
        match reply {
            None => judge(network, checkpoint, packet, valuation),
            Some(saw) => judge_reply(network, checkpoint, packet, saw, valuation),
        }
        .passes()
    }

    /// Whether the formula is true.
    fn passes(self, network: &Network, valuation: &Valuation, wide: bool) -> bool {
        let (headers, mut conditions) = around(&self.packet.header, wide);
        conditions.extend(valuation.iter().map(|(fact, value)| Condition::Fact(fact, value)));
        let guard = Guard { headers, conditions, picks: Vec::new() };
        let walk = |pass, crossings| Walk {
            pass,
            steps: vec![step(crossings)],
            guard: guard.clone(),
            end: End::Arrived(Endpoint::Internet),
        };
        let crossed = vec![self.crossing(network)];
        let trip = match self.reply {
            None => Trip { request: walk(Pass::Request, crossed), replies: Vec::new() },
            Some(_) => Trip {
                request: walk(Pass::Request, Vec::new()),
                replies: vec![walk(Pass::Reply, crossed)],
            },
        };
        let found = blockers(network, &trip, self.reply.map(|_| 0), Limits::default());
        assert!(!found.vacant && !found.undecided, "{found:?}");
        found.alone.is_empty()
    }
}

fn step(crossings: Vec<Crossing>) -> Step {
    Step {
        place: Place::Internet,
        node: NodeIndex::new(0),
        header: HeaderView::ORIGINAL,
        crossings,
        route: None,
        transit_route: None,
        assumed: Vec::new(),
    }
}

/// Whether a layer lets replies to what it saw through without a look at its rules.
fn is_stateful(network: &Network, layer: Layer) -> bool {
    match layer {
        Layer::SecurityGroups(at) => network.profile_of(at).security_group.stateful,
        Layer::NetworkAcl(_, subnet) => {
            network.vpcs[network.subnets[subnet].vpc].profile.network_acl.stateful
        }
        Layer::CloudFirewall(firewall, _) => network.cloud_firewalls[firewall].stateful,
        Layer::ListenerAccess(..) => true,
        Layer::HostFirewall(_) | Layer::HostForwarding(..) | Layer::Listener(..) => false,
    }
}

/// Compares both engines at every checkpoint of one network; returns how many packets were stopped
/// and how many passed.
fn compare(seed: u64) -> (usize, usize) {
    let mut network = generate::network(seed);
    let mut maker = Maker { random: Random::new(seed), addresses: Vec::new(), facts: Vec::new() };
    let fact = |polarity| Fact {
        statement: String::from("it is so"),
        settled_by: String::from("a look"),
        origin: ORIGIN,
        polarity,
    };
    let polarities = [Polarity::Helps, Polarity::Hinders, Polarity::Neither];
    maker.facts = polarities.map(|polarity| network.facts.push(fact(polarity))).to_vec();
    maker.addresses = network.interfaces.iter().flat_map(|(_, it)| it.addresses.clone()).collect();
    maker.addresses.extend(network.public_addresses.iter().map(|(_, it)| it.address));
    maker.addresses.push([203, 0, 113, 77].into());
    maker.add_layers(&mut network);

    let interfaces: Vec<InterfaceId> = network.interfaces.ids().collect();
    let (mut stopped, mut passed) = (0, 0);
    for checkpoint in checkpoints(&network) {
        let requests = [(None, false), (None, true)];
        let replies = [(Some(false), true), (Some(true), false)];
        for (reply, wide) in requests.into_iter().chain(replies) {
            let packet = maker.packet(&interfaces);
            let asked = Asked { checkpoint, packet, reply };
            let facts = network.facts.ids();
            let valuation = facts.map(|fact| (fact, maker.random.chance(50))).collect();
            let expected = asked.judged(&network, &valuation);
            let found = asked.passes(&network, &valuation, wide);
            assert!(
                found == expected,
                "seed {seed}, {asked:?}, {valuation:?}: the formula says {found}, eval {expected}\n{}",
                show(&network)
            );
            let count = if found { &mut passed } else { &mut stopped };
            *count += 1;
        }
    }
    (stopped, passed)
}

#[test]
fn the_formula_of_every_layer_says_what_eval_says() {
    let counts: Vec<(usize, usize)> = SEEDS.into_par_iter().map(compare).collect();
    let (stopped, passed) =
        counts.iter().fold((0, 0), |(stopped, passed), it| (stopped + it.0, passed + it.1));
    assert!(stopped > 200 && passed > 200, "{stopped} stopped, {passed} passed");
}
