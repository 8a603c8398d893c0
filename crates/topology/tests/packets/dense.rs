//! Small random networks, dense with everything that may lie between two ends: transit gateways,
//! connections, forwarding hosts, load balancers, virtual addresses, firewalls of every kind.
//!
//! They are made so that most objects take part in some packet's way, not so that they make sense.

#![expect(clippy::indexing_slicing, reason = "a test that makes no sense of its lists has failed")]

use canreach_model::{
    AccessList, Action, AttachedTo, Border, ChainVerdict, ConnectionState, Direction, Endpoint,
    EntryRouting, FactId, Forwarding, GroupReference, HookPoint, InterfaceId, InterfaceOwner,
    InternetAccess, Listen, LoadBalancerId, NatPlacement, Network, PeeringStatus, Polarity, Policy,
    ProfileName, PublicAddressTarget, RemoteNetworkId, RouteTableId, RouteTarget, Rule, RuleSet,
    SecurityGroupId, Setting, SourceTranslation, SubnetId, TransitGatewayId, TransitTarget,
    TranslationSource, VpcId,
};
use canreach_net::{Family, PortRange, PortSet, Protocol};
use canreach_testkit::{
    Builder, Random,
    builder::{
        address, allow, base_chain, chain, chain_far_side, chain_ports, chain_rule, deny, far_side,
        in_states, ports, prefix, translation,
    },
    oracle::{Question, Universe},
};

const EVERYWHERE: &str = "0.0.0.0/0";
const PREMISES: &str = "192.168.0.0/24";
const OUTSIDE: &str = "198.51.100.7";

/// A network under construction.
struct Dense {
    random: Random,
    lab: Builder,
    vpcs: Vec<VpcId>,
    subnets: Vec<SubnetId>,
    interfaces: Vec<InterfaceId>,
    groups: Vec<SecurityGroupId>,
    /// Whether there are IPv6 addresses besides.
    ipv6: bool,
    /// What routes prefer to lead to, so that there are ways there and back.
    appliance: Option<InterfaceId>,
    /// What is left open, where anything is.
    fact: Option<FactId>,
}

/// Returns the network of a seed.
pub(crate) fn network(seed: u64) -> Network {
    let mut random = Random::new(seed);
    let profiles = [ProfileName::Aws, ProfileName::Generic, ProfileName::HuaweiAllowOnly];
    let lab = Builder::new(random.pick(&profiles));
    let mut dense = Dense {
        ipv6: random.chance(25),
        random,
        lab,
        vpcs: Vec::new(),
        subnets: Vec::new(),
        interfaces: Vec::new(),
        groups: Vec::new(),
        appliance: None,
        fact: None,
    };
    if dense.chance(30) {
        dense.fact = Some(dense.lab.fact(Polarity::Neither));
    }
    dense.add_vpcs();
    if dense.chance(60) {
        dense.appliance = dense.random.pick_any(&dense.interfaces);
    }
    dense.add_holders();
    dense.add_filters();
    dense.add_ways_out();
    dense.add_transit();
    if dense.chance(50) {
        dense.add_inspection();
    }
    dense.add_routes();
    dense.add_settings();
    dense.lab.build()
}

impl Dense {
    fn chance(&mut self, percent: u16) -> bool {
        self.random.chance(percent)
    }

    /// What makes something of what is there already stay open, or behave otherwise.
    fn add_settings(&mut self) {
        for vpc in self.vpcs.clone() {
            if self.chance(20) {
                self.lab.network.vpcs[vpc].unlisted = self.fact;
            }
        }
        for id in self.lab.network.interfaces.ids() {
            if self.chance(3) {
                self.lab.network.interfaces[id].owner = InterfaceOwner::Gateway;
            }
            self.lab.network.interfaces[id].egress_only_gateway_denied = self.chance(5);
        }
        for id in self.lab.network.instances.ids() {
            if self.chance(15) {
                self.lab.network.instances[id].appliance = self.fact;
            }
        }
        for id in self.lab.network.transit_gateways.ids() {
            self.lab.network.transit_gateways[id].group_references = self.chance(70);
        }
        for id in self.lab.network.transit_attachments.ids() {
            let (appliance, references) = (self.chance(25), self.chance(80));
            let to = &mut self.lab.network.transit_attachments[id].to;
            if let AttachedTo::Vpc { appliance_mode, group_references, .. } = to {
                (*appliance_mode, *group_references) = (appliance, references);
            }
        }
        for id in self.lab.network.load_balancers.ids() {
            self.set_balancer(id);
        }
        for id in self.lab.network.nat_gateways.ids() {
            if let NatPlacement::Subnet(own) = self.lab.network.nat_gateways[id].placement
                && self.chance(40)
            {
                let further = address("10.0.0.77");
                self.lab.network.interfaces[own].addresses.push(further);
            }
        }
        for id in self.lab.network.public_addresses.ids() {
            if let (true, Some(fact)) = (self.chance(10), self.fact) {
                let target = Some(PublicAddressTarget::Unresolved(fact));
                self.lab.network.public_addresses[id].target = target;
            }
        }
        self.add_gateway_tables();
    }

    fn set_balancer(&mut self, id: LoadBalancerId) {
        let all = self.lab.network.interfaces.iter();
        let own = all.filter(|(_, it)| it.owner == InterfaceOwner::LoadBalancer(id));
        let own: Vec<InterfaceId> = own.map(|(interface, _)| interface).collect();
        for node in &own {
            let group = self.random.pick_any(&self.groups);
            if let (true, Some(group)) = (self.chance(40), group) {
                self.lab.network.interfaces[*node].filtered = true;
                self.lab.network.interfaces[*node].security_groups = vec![group];
            }
        }
        for index in 0..self.lab.network.load_balancers[id].listeners.len() {
            let (open, bound) = (self.chance(10), self.chance(30));
            let family = self.chance(15).then_some(Family::V4);
            let node = self.random.pick_any(&own);
            let fact = self.fact;
            let listener = &mut self.lab.network.load_balancers[id].listeners[index];
            listener.family = family;
            if let (true, Some(fact)) = (open, fact) {
                listener.forwarding = Forwarding::Unmodelled(fact);
            }
            if let (true, Some(target)) = (bound, listener.targets.first_mut()) {
                target.nodes = Some(node.into_iter().collect());
            }
        }
    }

    /// Tables for what enters through a gateway or connection, to an interface.
    fn add_gateway_tables(&mut self) {
        let network = &self.lab.network;
        let gateways = network.internet_gateways.iter();
        let gateways: Vec<_> = gateways.filter_map(|(id, it)| Some((id, it.vpc?))).collect();
        let connections = network.connections.iter();
        let connections: Vec<_> = connections.filter_map(|(id, it)| Some((id, it.vpc?))).collect();
        for (id, vpc) in gateways {
            if self.chance(25) {
                let table = self.gateway_table(vpc);
                self.lab.network.internet_gateways[id].route_table = Some(table);
            }
        }
        for (id, vpc) in connections {
            if self.chance(40) {
                let table = self.gateway_table(vpc);
                self.lab.network.connections[id].route_table = Some(table);
            }
        }
    }

    fn gateway_table(&mut self, vpc: VpcId) -> RouteTableId {
        let table = self.lab.table(vpc);
        let by = self.random.pick(&self.interfaces);
        let towards = self.random.pick(&self.interfaces);
        let towards = self.lab.network.interfaces[towards].addresses[0].to_string();
        let towards = format!("{towards}/{}", if towards.contains(':') { 128 } else { 32 });
        self.lab.route(table, &towards, RouteTarget::Interface(by));
        table
    }

    fn vary_profile(&mut self) {
        let random = &mut self.random;
        let profile = &mut self.lab.profile;
        profile.routing.entry = random.pick(&[EntryRouting::LocalOnly, EntryRouting::DefaultTable]);
        profile.routing.internet =
            random.pick(&[InternetAccess::Gateway, InternetAccess::PublicAddress]);
        profile.routing.public_address_beats_default_route = random.chance(40);
        profile.routing.local_beats_custom = random.chance(40);
        profile.peering.to_peering = match self.fact {
            Some(fact) if random.chance(30) => {
                Setting::Disputed { fact, if_true: true, if_false: false }
            }
            Some(_) | None => Setting::Decided(random.chance(60)),
        };
        profile.peering.to_internet_gateway = random.chance(50);
        profile.peering.to_nat_gateway = random.chance(50);
        profile.network_acl.stateful = random.chance(50);
        profile.network_acl.filters_inside_subnet = random.chance(30);
        profile.security_group.stateful = random.chance(80);
        profile.security_group.reference_when_forwarded = random.chance(50);
        profile.security_group.group_reference =
            random.pick(&[GroupReference::PrivateAddresses, GroupReference::AllAddresses]);
        profile.translation.ports = PortRange::new(7, 8).unwrap_or(PortRange::ALL);
    }

    fn add_vpcs(&mut self) {
        for number in 0..self.random.between(2, 3) {
            self.vary_profile();
            let blocks = [format!("10.{number}.0.0/16"), format!("2001:db8:{number}::/48")];
            let vpc = self.lab.vpc(&self.of_families(&blocks));
            self.vpcs.push(vpc);
            for part in 0..self.random.between(1, 2) {
                let blocks =
                    [format!("10.{number}.{part}.0/24"), format!("2001:db8:{number}:{part}::/64")];
                let subnet = self.lab.subnet(vpc, &self.of_families(&blocks));
                let zones = [None, Some("a"), Some("a"), Some("b")];
                let zone = self.random.pick(&zones).map(str::to_owned);
                self.lab.network.subnets[subnet].zone = zone;
                if self.chance(40) {
                    let table = self.lab.table(vpc);
                    self.lab.network.subnets[subnet].route_table = table;
                }
                self.subnets.push(subnet);
                for host in 1..=self.random.between(1, 2) {
                    self.add_interface(subnet, host);
                }
            }
        }
    }

    /// The first of the two, and the other where there is IPv6.
    fn of_families<'t>(&self, [v4, v6]: &'t [String; 2]) -> Vec<&'t str> {
        if self.ipv6 { vec![v4, v6] } else { vec![v4] }
    }

    fn add_interface(&mut self, subnet: SubnetId, host: u16) {
        let own = self.addresses(subnet, host);
        let own = self.of_families(&own);
        let vpc = self.lab.network.subnets[subnet].vpc;
        let same_vpc = |id: &&InterfaceId| self.lab.network.vpc_of(**id) == vpc;
        let others: Vec<InterfaceId> = self.interfaces.iter().filter(same_vpc).copied().collect();
        let interface = match self.random.pick_any(&others) {
            Some(other) if self.random.chance(35) => {
                let owner = self.lab.network.interfaces[other].owner;
                self.lab.interface_owned_by(owner, subnet, &own)
            }
            Some(_) | None => self.lab.interface(subnet, &own),
        };
        self.lab.network.interfaces[interface].source_dest_check = self.random.chance(15);
        self.interfaces.push(interface);
    }

    /// Load balancers, virtual addresses, gateway endpoints, and hosts that forward.
    fn add_holders(&mut self) {
        for number in 0..self.random.between(0, 2) {
            let subnet = self.random.pick(&self.subnets);
            let own = self.addresses(subnet, 100 + number);
            let (balancer, interface) = self.lab.load_balancer(subnet, &self.of_families(&own));
            for _ in 0..self.random.between(1, 2) {
                self.add_listener(balancer);
            }
            self.interfaces.push(interface);
        }
        for number in 0..self.random.between(0, 1) {
            let subnet = self.random.pick(&self.subnets);
            let [own, _] = self.addresses(subnet, 200 + number);
            let vpc = self.lab.network.subnets[subnet].vpc;
            let near: Vec<InterfaceId> = self
                .interfaces
                .iter()
                .copied()
                .filter(|id| self.lab.network.vpc_of(*id) == vpc)
                .collect();
            let mut holders: Vec<InterfaceId> = Vec::new();
            for _ in 0..self.random.between(0, 2) {
                holders.extend(self.random.pick_any(&near));
            }
            holders.dedup();
            self.lab.virtual_address(subnet, &own, &holders);
        }
        for vpc in self.vpcs.clone() {
            if self.chance(20) {
                self.lab.gateway_endpoint(vpc);
            }
        }
        for instance in self.lab.network.instances.ids() {
            if self.chance(80) {
                self.lab.forwards(instance);
            } else if let Some(fact) = self.fact {
                self.lab.network.instances[instance].forwards =
                    Setting::Disputed { fact, if_true: true, if_false: false };
            }
            let own: Vec<InterfaceId> = self
                .interfaces
                .iter()
                .copied()
                .filter(|id| self.lab.network.instance_of(*id) == Some(instance))
                .collect();
            for _ in 0..self.random.between(0, 2) {
                let (to, by) = (self.destination(), self.random.pick_any(&own));
                if let Some(by) = by {
                    self.lab.host_route(instance, &to, by);
                }
            }
        }
    }

    fn add_listener(&mut self, balancer: LoadBalancerId) {
        let forwarding = self.random.pick(&[
            Forwarding::Proxy,
            Forwarding::ReplaceClient,
            Forwarding::KeepClient { bypasses_filters: false },
            Forwarding::KeepClient { bypasses_filters: true },
        ]);
        let mut targets: Vec<(String, Option<u16>)> = Vec::new();
        for _ in 0..self.random.between(0, 2) {
            let target = if self.chance(80) {
                let id = self.random.pick(&self.interfaces);
                let own = self.lab.network.interfaces[id].addresses.clone();
                self.random.pick(&own).to_string()
            } else {
                self.some_address()
            };
            targets.push((target, self.random.pick(&[None, Some(2), Some(3)])));
        }
        let targets: Vec<(&str, Option<u16>)> =
            targets.iter().map(|(text, port)| (text.as_str(), *port)).collect();
        let (first, last) = self.random.pick(&[(1, 1), (1, 2), (2, 3)]);
        let taken = PortRange::new(first, last).unwrap_or(PortRange::ALL);
        let listener = self.lab.listener(balancer, Protocol::TCP, taken, forwarding, &targets);
        if self.chance(20) {
            let rules = vec![self.rule(Direction::Ingress)];
            let default = self.random.pick(&[Action::Allow, Action::Deny]);
            self.lab.network.load_balancers[balancer].listeners[listener].access =
                Some(AccessList { rules, default });
        }
    }

    /// Addresses of a host in a subnet, of both families.
    fn addresses(&self, subnet: SubnetId, host: u16) -> [String; 2] {
        let block = self.lab.network.subnets[subnet].cidrs[0].to_string();
        let v4 = block.replace(".0/24", &format!(".{host}"));
        let v6 = block.trim_start_matches("10.").replace('.', ":").replace(":0/24", "");
        [v4, format!("2001:db8:{v6}::{host}")]
    }

    /// Some prefix that routes may lead to.
    fn destination(&mut self) -> String {
        let host = self.some_address();
        let fixed = [
            "0.0.0.0/0",
            "0.0.0.0/0",
            "10.0.0.0/16",
            "10.1.0.0/16",
            "10.2.0.0/16",
            "10.0.0.0/24",
            "10.0.1.0/24",
            "10.1.0.0/24",
            "10.1.1.0/24",
            PREMISES,
            "198.51.100.0/24",
        ];
        match self.random.between(0, 9) {
            0..=1 => format!("{host}/32"),
            2 if self.ipv6 => "2001:db8:1::/48".to_owned(),
            3 if self.ipv6 => "::/0".to_owned(),
            _ => self.random.pick(&fixed).to_owned(),
        }
    }

    fn some_address(&mut self) -> String {
        let network = &self.lab.network;
        let mut all: Vec<String> =
            network.interfaces.iter().map(|(_, it)| it.addresses[0].to_string()).collect();
        all.extend(network.virtual_addresses.iter().map(|(_, it)| it.address.to_string()));
        all.extend(["192.168.0.1", OUTSIDE, "203.0.113.1", "10.0.0.77"].map(str::to_owned));
        self.random.pick(&all)
    }

    fn rule(&mut self, direction: Direction) -> Rule {
        let rule = if self.chance(80) { allow() } else { deny() };
        match self.random.between(0, 9) {
            0..=2 => rule,
            3..=4 => ports(rule, Protocol::TCP, 1, self.random.between(1, 3)),
            5 => ports(rule, Protocol::TCP, 7, 9),
            _ => {
                let far = self.destination();
                far_side(rule, direction, &far)
            }
        }
    }

    fn rules(&mut self, direction: Direction) -> Vec<Rule> {
        let mut rules: Vec<Rule> =
            (0..self.random.between(0, 2)).map(|_| self.rule(direction)).collect();
        if self.chance(70) {
            rules.push(allow());
        }
        rules
    }

    fn add_filters(&mut self) {
        for interface in self.interfaces.clone() {
            if self.chance(25) {
                let (ingress, egress) =
                    (self.rules(Direction::Ingress), self.rules(Direction::Egress));
                let group = self.lab.group(&[interface], ingress, egress);
                self.groups.push(group);
            }
        }
        if let (true, Some(from), Some(of)) = (
            self.chance(50),
            self.random.pick_any(&self.groups),
            self.random.pick_any(&self.groups),
        ) {
            let mut rule = allow();
            rule.matches.source = canreach_model::AddressMatch::SecurityGroup(of);
            self.lab.network.security_groups[from].rules.ingress = vec![rule];
        }
        for subnet in self.subnets.clone() {
            if self.chance(25) {
                let (ingress, egress) =
                    (self.rules(Direction::Ingress), self.rules(Direction::Egress));
                self.lab.acl(&[subnet], ingress, egress);
            }
        }
        for instance in self.lab.network.instances.ids() {
            if self.chance(15) {
                self.add_host_firewall(instance);
            }
            if self.chance(15) {
                let range = PortRange::new(2, 3).unwrap_or(PortRange::ALL);
                let listen = match self.random.pick_any(&self.interfaces) {
                    Some(id) if self.chance(50) => Listen::Interface(id),
                    Some(_) | None => Listen::Any,
                };
                self.lab.listens(instance, Protocol::TCP, range, listen);
            }
        }
    }

    fn add_host_firewall(&mut self, instance: canreach_model::InstanceId) {
        let mut chains = Vec::new();
        let hooks =
            [(HookPoint::Input, "IN"), (HookPoint::Output, "OUT"), (HookPoint::Forward, "FWD")];
        for (hook, name) in hooks {
            if self.chance(30) {
                continue;
            }
            let seen = in_states(chain_rule(ChainVerdict::Accept), &[ConnectionState::Established]);
            let mut rules = Vec::new();
            if self.chance(70) {
                rules.push(seen);
            }
            let verdict = self.random.pick(&[
                ChainVerdict::Accept,
                ChainVerdict::Drop,
                ChainVerdict::Jump(3),
                ChainVerdict::Return,
            ]);
            let far = self.destination();
            rules.push(match self.random.between(0, 3) {
                0 => chain_ports(chain_rule(verdict), Protocol::TCP, 2, 3),
                1 => chain_far_side(chain_rule(verdict), Direction::Ingress, &far),
                2 => {
                    let mut rule = chain_rule(verdict);
                    rule.input = self.random.pick_any(&self.interfaces);
                    rule
                }
                _ => chain_rule(verdict),
            });
            let policy = self.random.pick(&[Policy::Accept, Policy::Accept, Policy::Drop]);
            chains.push(base_chain(name, hook, policy, rules));
        }
        // Where there are fewer base chains, the jump leads to one that is there.
        while chains.len() < 4 {
            let verdict = self.random.pick(&[ChainVerdict::Accept, ChainVerdict::Return]);
            chains.push(chain("user", vec![chain_rule(verdict)]));
        }
        self.lab.host_firewall(instance, chains);
    }

    fn firewall(&mut self) -> Option<canreach_model::CloudFirewallId> {
        if !self.chance(30) {
            return None;
        }
        let id = self.lab.cloud_firewall();
        self.lab.network.cloud_firewalls[id].stateful = self.chance(60);
        for border in [Border::Internet, Border::Vpc, Border::Nat] {
            let rules = RuleSet {
                ingress: self.rules(Direction::Ingress),
                egress: self.rules(Direction::Egress),
            };
            let lists = [self.chance(20), self.chance(20)];
            let listed = (self.rule(Direction::Ingress), self.rule(Direction::Ingress));
            let default = self.random.pick(&[Action::Allow, Action::Allow, Action::Deny]);
            let at = self.lab.border(id, border);
            at.rules = rules;
            at.default = default;
            if lists[0] {
                at.white_list = vec![listed.0];
            }
            if lists[1] {
                at.black_list = vec![listed.1];
            }
        }
        Some(id)
    }

    /// Internet gateways, public addresses, NAT gateways.
    fn add_ways_out(&mut self) {
        for vpc in self.vpcs.clone() {
            if self.chance(60) {
                let gateway = self.lab.internet_gateway(vpc);
                self.lab.network.internet_gateways[gateway].egress_only = self.chance(5);
            }
        }
        for number in 1..=self.random.between(0, 3) {
            let text = format!("203.0.113.{number}");
            let held = self.lab.network.virtual_addresses.ids().next();
            let interface = self.random.pick(&self.interfaces);
            let public = match held {
                Some(held) if self.chance(30) => {
                    let target = PublicAddressTarget::VirtualAddress(held);
                    self.lab.public_address_of(&text, Some(target))
                }
                Some(_) | None => self.lab.public_address(&text, interface),
            };
            self.lab.network.public_addresses[public].firewall = self.firewall();
        }
        if self.chance(50) {
            self.add_nat_gateway();
        }
    }

    fn add_nat_gateway(&mut self) {
        let subnet = self.random.pick(&self.subnets);
        let vpc = self.lab.network.subnets[subnet].vpc;
        let gateway = if self.chance(50) {
            let [own, _] = self.addresses(subnet, 250);
            let (gateway, interface) = self.lab.nat_in_subnet(subnet, &own);
            self.lab.public_address("203.0.113.50", interface);
            gateway
        } else {
            let gateway = self.lab.nat_at_vpc(vpc);
            let target = Some(PublicAddressTarget::NatGateway(gateway));
            let public = self.lab.public_address_of("203.0.113.51", target);
            self.lab.network.public_addresses[public].firewall = self.firewall();
            let source = if self.chance(50) {
                TranslationSource::Subnet(subnet)
            } else {
                TranslationSource::Cidr(prefix("10.0.0.0/8"))
            };
            let inside = self.random.pick(&self.interfaces);
            let private = self.lab.network.interfaces[inside].addresses[0].to_string();
            let rule = translation(("203.0.113.51", 2), (&private, 1), Protocol::TCP);
            let (addresses, origin) = (vec![address("203.0.113.51")], rule.origin.clone());
            self.lab.network.nat_gateways[gateway].source_translations =
                vec![SourceTranslation { source, addresses, origin }];
            self.lab.network.nat_gateways[gateway].destination_translations = vec![rule];
            gateway
        };
        self.lab.network.nat_gateways[gateway].firewall = self.firewall();
    }

    /// Peerings, transit gateways, connections and what is on premises.
    fn add_transit(&mut self) {
        if self.chance(40) {
            let peering = self.lab.peering(self.vpcs[0], self.vpcs[1]);
            self.lab.network.peerings[peering].firewall = self.firewall();
            if self.chance(10) {
                self.lab.network.peerings[peering].status = PeeringStatus::PendingAcceptance;
            }
        }
        let premises = self.chance(70).then(|| self.lab.remote_network(&[PREMISES]));
        let gateways: Vec<TransitGatewayId> =
            (0..self.random.between(0, 2)).map(|_| self.lab.transit_gateway()).collect();
        for gateway in &gateways {
            self.lab.network.transit_gateways[*gateway].firewall = self.firewall();
            self.attach_to(*gateway, premises);
        }
        if let [one, other] = gateways[..] {
            let tables = [one, other].map(|gateway| {
                let mut tables = self.lab.network.transit_route_tables.iter();
                tables.find(|(_, it)| it.gateway == gateway).map(|(id, _)| id)
            });
            self.lab.peer_transit_gateways([one, other], tables);
        }
        if let Some(premises) = premises
            && self.chance(40)
        {
            let vpc = self.random.pick(&self.vpcs);
            self.connect(premises, Some(vpc));
        }
        self.add_transit_routes();
    }

    fn connect(&mut self, premises: RemoteNetworkId, vpc: Option<VpcId>) -> AttachedTo {
        let advertised =
            self.random.pick(&["10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16", EVERYWHERE]);
        let connection = self.lab.connection(premises, vpc, &[advertised]);
        self.lab.network.connections[connection].up = !self.chance(10);
        AttachedTo::Connection(connection)
    }

    fn attach_to(&mut self, gateway: TransitGatewayId, premises: Option<RemoteNetworkId>) {
        let table = self.lab.transit_table(gateway);
        for vpc in self.vpcs.clone() {
            if !self.chance(75) {
                continue;
            }
            let own: Vec<SubnetId> = self
                .subnets
                .iter()
                .copied()
                .filter(|id| self.lab.network.subnets[*id].vpc == vpc)
                .collect();
            let mut through = Vec::new();
            for subnet in own {
                if self.chance(50) {
                    through.push(subnet);
                }
            }
            let table = (!self.chance(10)).then_some(table);
            self.lab.attach_vpc(gateway, vpc, &through, table);
        }
        if let Some(fact) = self.fact
            && self.chance(30)
        {
            self.lab.attach(gateway, AttachedTo::Unmodelled(fact), None);
        }
        if let Some(premises) = premises
            && self.chance(60)
        {
            let connection = self.connect(premises, None);
            self.lab.attach(gateway, connection, Some(table));
        }
    }

    fn add_transit_routes(&mut self) {
        for table in self.lab.network.transit_route_tables.ids() {
            let gateway = self.lab.network.transit_route_tables[table].gateway;
            let attachments: Vec<_> = self
                .lab
                .network
                .transit_attachments
                .iter()
                .filter(|(_, it)| it.gateway == gateway)
                .map(|(id, it)| (id, it.to.clone()))
                .collect();
            for (id, to) in &attachments {
                let destination = match to {
                    AttachedTo::Vpc { vpc, .. } => self.lab.network.vpcs[*vpc].cidrs[0].to_string(),
                    AttachedTo::Connection(_) => PREMISES.to_owned(),
                    AttachedTo::Peering(_) | AttachedTo::Unmodelled(_) => self.destination(),
                };
                if self.chance(85) {
                    self.transit_route(table, &destination, TransitTarget::Attachment(*id));
                }
            }
            if let Some((id, _)) = self.random.pick_any(&attachments)
                && self.chance(50)
            {
                let destination = self.destination();
                self.transit_route(table, &destination, TransitTarget::Attachment(id));
            }
            if self.chance(10) {
                let destination = self.destination();
                self.transit_route(table, &destination, TransitTarget::Blackhole);
            }
        }
    }

    fn transit_route(
        &mut self,
        table: canreach_model::TransitRouteTableId,
        destination: &str,
        target: TransitTarget,
    ) {
        let taken = |route: &canreach_model::TransitRoute| route.destination == prefix(destination);
        if !self.lab.network.transit_route_tables[table].routes.iter().any(taken) {
            self.lab.transit_route(table, destination, target);
        }
    }

    /// Sends what goes from VPC to VPC past a host of the last VPC, by a transit gateway, and back.
    fn add_inspection(&mut self) {
        let Some(vpc) = self.vpcs.last().copied() else { return };
        let of_vpc = |id: &&SubnetId| self.lab.network.subnets[**id].vpc == vpc;
        let Some(subnet) = self.subnets.iter().find(of_vpc).copied() else { return };
        let [own, _] = self.addresses(subnet, 9);
        let host = self.lab.interface(subnet, &[&own]);
        self.lab.network.interfaces[host].source_dest_check = false;
        let instance = self.lab.instance_of(host);
        self.lab.forwards(instance);
        if self.chance(70) {
            self.add_host_firewall(instance);
        }
        let gateway = self.lab.transit_gateway();
        self.lab.network.transit_gateways[gateway].firewall = self.firewall();
        let [from_others, from_here] = [(); 2].map(|()| self.lab.transit_table(gateway));
        let blocks = format!("10.{}.250.0/24", self.vpcs.len() - 1);
        let entrance = self.lab.subnet(vpc, &[&blocks]);
        let table = self.lab.table(vpc);
        self.lab.network.subnets[entrance].route_table = table;
        self.lab.route(table, EVERYWHERE, RouteTarget::Interface(host));
        let back = self.lab.table(vpc);
        self.lab.network.subnets[subnet].route_table = back;
        self.lab.route(back, "10.0.0.0/8", RouteTarget::TransitGateway(gateway));
        let here = self.lab.attach_vpc(gateway, vpc, &[entrance], Some(from_here));
        self.transit_route(from_others, EVERYWHERE, TransitTarget::Attachment(here));
        for (number, other) in self.vpcs.clone().into_iter().enumerate() {
            let default = self.lab.default_table(other);
            if other == vpc || !self.lab.network.route_tables[default].routes.is_empty() {
                continue;
            }
            self.lab.route(default, "10.0.0.0/8", RouteTarget::TransitGateway(gateway));
            let id = self.lab.attach_vpc(gateway, other, &[], Some(from_others));
            let block = format!("10.{number}.0.0/16");
            self.transit_route(from_here, &block, TransitTarget::Attachment(id));
        }
        self.interfaces.push(host);
    }

    fn add_routes(&mut self) {
        for table in self.lab.network.route_tables.ids() {
            let vpc = self.lab.network.route_tables[table].vpc;
            for _ in 0..self.random.between(1, 5) {
                let destination = self.destination();
                let taken =
                    |route: &canreach_model::Route| route.destination == prefix(&destination);
                let local = self.lab.network.vpcs[vpc].cidrs.contains(&prefix(&destination));
                if local || self.lab.network.route_tables[table].routes.iter().any(taken) {
                    continue;
                }
                let target = self.target(vpc);
                self.lab.route(table, &destination, target);
            }
        }
    }

    fn target(&mut self, vpc: VpcId) -> RouteTarget {
        let network = &self.lab.network;
        if let Some(appliance) = self.appliance
            && network.vpc_of(appliance) == vpc
            && self.random.chance(40)
        {
            return RouteTarget::Interface(appliance);
        }
        let mut targets = Vec::new();
        targets.extend(self.fact.map(RouteTarget::Unresolved));
        targets.extend(network.transit_gateways.ids().map(RouteTarget::TransitGateway));
        targets.extend(network.transit_gateways.ids().map(RouteTarget::TransitGateway));
        targets.extend(network.peerings.ids().map(RouteTarget::Peering));
        let own = network.connections.iter().filter(|(_, it)| it.vpc == Some(vpc));
        targets.extend(own.map(|(id, _)| RouteTarget::Connection(id)));
        let near = self.interfaces.iter().filter(|id| network.vpc_of(**id) == vpc);
        targets.extend(near.map(|id| RouteTarget::Interface(*id)));
        targets.extend(network.virtual_addresses.ids().map(RouteTarget::VirtualAddress));
        let serving = network.gateway_endpoints.iter().filter(|(_, it)| it.vpc == vpc);
        targets.extend(serving.map(|(id, _)| RouteTarget::GatewayEndpoint(id)));
        let own = network.internet_gateways.iter().filter(|(_, it)| it.vpc == Some(vpc));
        targets.extend(own.map(|(id, _)| RouteTarget::InternetGateway(id)));
        let own = network.nat_gateways.iter().filter(|(_, it)| it.vpc == vpc);
        targets.extend(own.map(|(id, _)| RouteTarget::NatGateway(id)));
        self.random.pick_any(&targets).unwrap_or(RouteTarget::Blackhole)
    }
}

/// Returns so many questions about a network, determined by the seed.
pub(crate) fn questions(
    seed: u64,
    network: &Network,
    universe: &Universe,
    count: usize,
) -> Vec<Question> {
    let mut random = Random::new(seed ^ 0x00d1_57a1_1c00);
    let interfaces: Vec<Endpoint> = network.interfaces.ids().map(Endpoint::Interface).collect();
    let premises: Vec<Endpoint> = network.remote_networks.ids().map(Endpoint::Remote).collect();
    let mut others: Vec<Endpoint> = premises.clone();
    others.extend(network.load_balancers.ids().map(Endpoint::LoadBalancer));
    others.extend(network.load_balancers.ids().map(Endpoint::LoadBalancer));
    others.extend(network.virtual_addresses.ids().map(Endpoint::VirtualAddress));
    others.push(Endpoint::Internet);
    others.push(Endpoint::Nobody);
    let mut questions = Vec::new();
    for _ in 0..count {
        let from = match random.between(0, 9) {
            0..=1 => Endpoint::Internet,
            2..=3 => random.pick_any(&premises).unwrap_or(Endpoint::Internet),
            _ => random.pick(&interfaces),
        };
        let to = if random.chance(50) { random.pick(&others) } else { random.pick(&interfaces) };
        let sources = universe.sources(network, from);
        let mut question = Question::new(from, sources, to, destinations(&mut random, network, to));
        question.protocol = Some(random.pick(&[
            Protocol::TCP,
            Protocol::TCP,
            Protocol::TCP,
            Protocol::UDP,
            Protocol::ICMP,
        ]));
        if question.protocol != Some(Protocol::ICMP) {
            question.ports = PortSet::range(1, 3);
        }
        questions.push(question);
    }
    questions
}

fn destinations(random: &mut Random, network: &Network, to: Endpoint) -> Vec<std::net::IpAddr> {
    let public = network.public_addresses.iter().map(|(_, it)| it.address);
    let mut all: Vec<_> = public.collect();
    match to {
        Endpoint::Interface(id) => all.extend(&network.interfaces[id].addresses),
        Endpoint::LoadBalancer(balancer) => {
            let owner = InterfaceOwner::LoadBalancer(balancer);
            let own = network.interfaces.iter().filter(|(_, it)| it.owner == owner);
            all.extend(own.flat_map(|(_, it)| it.addresses.iter().copied()));
        }
        Endpoint::VirtualAddress(id) => all.push(network.virtual_addresses[id].address),
        Endpoint::Remote(_) => all.extend([address("192.168.0.1"), address("192.168.0.9")]),
        Endpoint::Internet => all.push(address(OUTSIDE)),
        Endpoint::Nobody => all.extend([address("10.0.0.9"), address("2001:db8:0:0::9")]),
    }
    if random.chance(20) {
        all.extend(network.interfaces.iter().flat_map(|(_, it)| it.addresses.iter().copied()));
        all.extend(network.virtual_addresses.iter().map(|(_, it)| it.address));
    }
    all
}
