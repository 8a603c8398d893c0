//! Which blocks of addresses a network speaks of: where its rules and routes may tell addresses
//! apart.

use std::collections::BTreeSet;

use canreach_model::{
    AddressMatch, Border, Checkpoint, Exemption, FirewallList, InstanceId, Layer, Listen,
    NatPlacement, Network, PacketMatch, Rule, SecurityGroupId, TranslationSource, VpcId,
};
use canreach_net::{AddressRange, IpNet};

/// Returns the ranges that filters mention: rules, exemptions, lists and listening services.
pub(crate) fn of_filters(network: &Network) -> Vec<AddressRange> {
    let mut mentioned = Vec::new();
    let rule_sets = (network.security_groups.iter().map(|(_, it)| &it.rules))
        .chain(network.network_acls.iter().map(|(_, it)| &it.rules));
    for rules in rule_sets {
        add_rules(&mut mentioned, &rules.ingress);
        add_rules(&mut mentioned, &rules.egress);
    }
    for (_, firewall) in network.cloud_firewalls.iter() {
        for border in [Border::Internet, Border::Vpc, Border::Nat] {
            let rules = firewall.at(border);
            for list in FirewallList::ALL {
                add_rules(&mut mentioned, rules.list(list, canreach_model::Direction::Ingress));
                add_rules(&mut mentioned, rules.list(list, canreach_model::Direction::Egress));
            }
        }
    }
    for (_, balancer) in network.load_balancers.iter() {
        let lists = balancer.listeners.iter().filter_map(|listener| listener.access.as_ref());
        for list in lists {
            add_rules(&mut mentioned, &list.rules);
        }
    }
    for (_, instance) in network.instances.iter() {
        let chains = instance.firewall.iter().flat_map(|firewall| &firewall.chains);
        let rules = chains.flat_map(|chain| &chain.rules);
        for rule in rules {
            add_match(&mut mentioned, &rule.matches);
        }
        let services = instance.services.iter().flatten();
        mentioned.extend(services.filter_map(|service| listens_at(service.listen)));
    }
    let entries = network.address_groups.iter().flat_map(|(_, group)| &group.entries);
    mentioned.extend(entries.map(|entry| entry.range));
    for (_, vpc) in network.vpcs.iter() {
        let exempt = vpc.profile.security_group.exempt.iter();
        let exempt = exempt.chain(&vpc.profile.network_acl.exempt);
        mentioned.extend(exempt.map(|exemption| AddressRange::from(exemption.prefix)));
    }
    mentioned
}

fn add_rules(mentioned: &mut Vec<AddressRange>, rules: &[Rule]) {
    for rule in rules {
        add_match(mentioned, &rule.matches);
    }
}

fn add_match(mentioned: &mut Vec<AddressRange>, matches: &PacketMatch) {
    for side in [matches.source, matches.destination] {
        match side {
            AddressMatch::Range(range) => mentioned.push(range),
            AddressMatch::Any | AddressMatch::SecurityGroup(_) | AddressMatch::AddressGroup(_) => {}
        }
    }
}

/// What some filters of a network speak of.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    pub(crate) ranges: Vec<AddressRange>,
    pub(crate) groups: BTreeSet<SecurityGroupId>,
    /// The VPCs from which they do.
    pub(crate) vpcs: BTreeSet<VpcId>,
}

impl Mentions {
    /// Returns what the filters at some checkpoints speak of.
    pub(crate) fn at(network: &Network, checkpoints: &BTreeSet<Checkpoint>) -> Self {
        let mut mentions = Self::default();
        for checkpoint in checkpoints {
            mentions.add(network, *checkpoint);
        }
        mentions
    }

    fn add(&mut self, network: &Network, Checkpoint { layer, direction }: Checkpoint) {
        match layer {
            Layer::SecurityGroups(id) => {
                let vpc = network.vpc_of(id);
                for group in &network.interfaces[id].security_groups {
                    self.add_rules(network, network.security_groups[*group].rules.of(direction));
                }
                self.add_exempt(vpc, &network.vpcs[vpc].profile.security_group.exempt);
            }
            Layer::NetworkAcl(acl, subnet) => {
                let vpc = network.subnets[subnet].vpc;
                self.add_rules(network, network.network_acls[acl].rules.of(direction));
                self.add_exempt(vpc, &network.vpcs[vpc].profile.network_acl.exempt);
            }
            Layer::CloudFirewall(firewall, border) => {
                let rules = network.cloud_firewalls[firewall].at(border);
                for list in FirewallList::ALL {
                    self.add_rules(network, rules.list(list, direction));
                }
            }
            Layer::ListenerAccess(balancer, listener) => {
                let listener = network.load_balancers[balancer].listeners.get(listener);
                let access = listener.and_then(|listener| listener.access.as_ref());
                if let Some(list) = access {
                    self.add_rules(network, &list.rules);
                }
            }
            Layer::HostFirewall(at) | Layer::HostForwarding(at, _) => {
                network.instance_of(at).into_iter().for_each(|it| self.add_host(network, it));
            }
            Layer::Listener(instance, _) => {
                let services = network.instances[instance].services.iter().flatten();
                self.ranges.extend(services.filter_map(|service| listens_at(service.listen)));
            }
        }
    }

    fn add_host(&mut self, network: &Network, instance: InstanceId) {
        let chains = network.instances[instance].firewall.iter().flat_map(|it| &it.chains);
        for rule in chains.flat_map(|chain| &chain.rules) {
            self.add_match(network, &rule.matches);
        }
    }

    fn add_rules(&mut self, network: &Network, rules: &[Rule]) {
        for rule in rules {
            self.add_match(network, &rule.matches);
        }
    }

    fn add_match(&mut self, network: &Network, matches: &PacketMatch) {
        for side in [matches.source, matches.destination] {
            match side {
                AddressMatch::Any => {}
                AddressMatch::Range(range) => self.ranges.push(range),
                AddressMatch::SecurityGroup(group) => {
                    self.groups.insert(group);
                }
                AddressMatch::AddressGroup(group) => {
                    let entries = network.address_groups[group].entries.iter();
                    self.ranges.extend(entries.map(|entry| entry.range));
                }
            }
        }
    }

    fn add_exempt(&mut self, vpc: VpcId, exempt: &[Exemption]) {
        self.vpcs.insert(vpc);
        self.ranges.extend(exempt.iter().map(|it| AddressRange::from(it.prefix)));
    }
}

fn listens_at(listen: Listen) -> Option<AddressRange> {
    match listen {
        Listen::Address(address) => Some(AddressRange::from(address)),
        Listen::Any | Listen::AnyV4 | Listen::AnyV6 | Listen::Interface(_) => None,
    }
}

/// Returns the ranges by which packets find their way: blocks, routes and translations.
pub(crate) fn of_ways(network: &Network) -> Vec<AddressRange> {
    let mut mentioned: Vec<IpNet> = Vec::new();
    mentioned.extend(network.vpcs.iter().flat_map(|(_, it)| it.cidrs.iter().copied()));
    mentioned.extend(network.subnets.iter().flat_map(|(_, it)| it.cidrs.iter().copied()));
    for (_, table) in network.route_tables.iter() {
        mentioned.extend(table.routes.iter().map(|route| route.destination));
    }
    for (_, table) in network.transit_route_tables.iter() {
        mentioned.extend(table.routes.iter().map(|route| route.destination));
    }
    for (_, connection) in network.connections.iter() {
        mentioned.extend(connection.advertised.iter().copied());
    }
    mentioned.extend(network.remote_networks.iter().flat_map(|(_, it)| it.cidrs.iter().copied()));
    for (_, gateway) in network.nat_gateways.iter() {
        if gateway.placement == NatPlacement::Vpc {
            mentioned.extend(gateway.source_translations.iter().filter_map(|it| match it.source {
                TranslationSource::Cidr(block) => Some(block),
                TranslationSource::Subnet(_) => None,
            }));
        }
    }
    for (_, instance) in network.instances.iter() {
        mentioned.extend(instance.routes.iter().map(|route| route.destination));
    }
    mentioned.into_iter().map(AddressRange::from).collect()
}
