//! Instances, interfaces and the NAT gateways that stand in subnets.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use canreach_model::{
    ImpliedBy, Instance, InstanceId, Interface, InterfaceId, InterfaceOwner, Meta, NatGateway,
    NatPlacement, Origin, SecurityGroupId, Setting, SubnetId, VpcId,
};
use std::net::IpAddr;

use super::{
    super::{
        json::LeftOut,
        records::{self, InterfaceKind, NatState, Records},
    },
    Builder,
    vpcs::placed,
};

const GONE_NAT_GATEWAY: LeftOut = LeftOut {
    one: "deleted or failed NAT gateway",
    several: "deleted or failed NAT gateways",
    effect: "routes that lead there drop packets",
};

impl Builder<'_> {
    pub(super) fn instances(&mut self, instances: Records<records::Instance>) {
        for (id, instance) in instances {
            let key = self.network.instances.push(machine(instance.meta, instance.running));
            self.keys.instances.insert(id, key);
        }
    }

    /// Makes every interface whose subnet is described.
    pub(super) fn interfaces(&mut self, interfaces: &Records<records::Interface>) {
        let (mut taken, mut of_instances) = (HashMap::new(), BTreeMap::<_, Vec<_>>::new());
        for (id, interface) in interfaces {
            let subnet = interface.subnet.as_ref().and_then(|subnet| self.keys.subnets.get(subnet));
            let Some(subnet) = subnet.copied() else {
                let subnet = interface.subnet.as_deref().unwrap_or("?");
                let what = format!("interface `{id}`, whose subnet `{subnet}` is not known");
                self.unread(&interface.meta, what, "it takes no part");
                continue;
            };
            self.note_gaps(interface);
            let addresses = self.addresses(interface, subnet, &mut taken);
            if addresses.is_empty() {
                let what = format!("interface `{id}`, which has no address of its own");
                self.unread(&interface.meta, what, "it takes no part");
                continue;
            }
            let (security_groups, filtered) = self.groups(interface);
            let of_nat_gateway = interface.kind == InterfaceKind::NatGateway;
            let (closed, closed_out) = self.closed(interface.subnet.as_ref(), of_nat_gateway);
            let made = Interface {
                meta: placed(&interface.meta, &self.network.subnets[subnet].meta),
                subnet,
                addresses,
                security_groups,
                filtered,
                internet_gateway_denied: interface.internet_gateway_denied || closed,
                egress_only_gateway_denied: interface.internet_gateway_denied || closed_out,
                source_dest_check: interface.source_dest_check,
                owner: self.owner(interface),
            };
            let key = self.network.interfaces.push(made);
            self.keys.interfaces.insert(id.clone(), key);
            if let Some(instance) = &interface.instance {
                of_instances.entry(instance).or_default().push((!interface.primary, key));
            }
        }
        for (instance, mut own) in of_instances {
            own.sort_unstable();
            // An only one is the first, whatever the answer says or leaves out.
            if let [(_, key)] | [(false, key), ..] = own.as_slice() {
                self.keys.primary_interfaces.insert(instance.clone(), *key);
            }
        }
    }

    /// Notes for each VPC whether it may have interfaces that no answer describes: those of its own
    /// account, which sees all of them, were not listed.
    pub(super) fn unlisted(
        &mut self,
        interfaces: &Records<records::Interface>,
        listed: &BTreeSet<(Option<String>, Option<String>)>,
    ) {
        let mut delegated: BTreeMap<VpcId, (String, Origin)> = BTreeMap::new();
        for (id, interface) in interfaces {
            if let (Some(key), Some(prefix)) =
                (self.keys.interfaces.get(id), interface.prefixes.first())
            {
                let vpc = self.network.vpc_of(*key);
                let first = (format!("{prefix} of `{id}`"), interface.meta.origin.clone());
                delegated.entry(vpc).or_insert(first);
            }
        }
        let vpcs: Vec<VpcId> = self.keys.vpcs.values().copied().collect();
        for vpc in vpcs {
            let meta = &self.network.vpcs[vpc].meta;
            let same = |one: Option<&String>, other: Option<&String>| match (one, other) {
                (Some(one), Some(other)) => one == other,
                (None, _) | (_, None) => true,
            };
            let is_listed = listed.iter().any(|(account, region)| {
                same(account.as_ref(), meta.account.as_ref())
                    && same(region.as_ref(), meta.region.as_ref())
            });
            let (id, origin) = (meta.id.clone(), meta.origin.clone());
            let open = match delegated.remove(&vpc) {
                _ if !is_listed => Some((
                    format!(
                        "an interface of `{id}` that no answer describes has the address, takes the packet and answers it"
                    ),
                    format!(
                        "give the answer of `aws ec2 describe-network-interfaces` for the account and region of `{id}`"
                    ),
                    origin,
                )),
                Some((prefix, origin)) => Some((
                    format!(
                        "something in `{id}` that got the address from a delegated prefix takes the packet and answers it"
                    ),
                    format!(
                        "find out which addresses are in use: prefixes such as {prefix} are delegated"
                    ),
                    origin,
                )),
                None => None,
            };
            if let Some((statement, settled_by, origin)) = open {
                let fact = self.fact(statement, settled_by, origin);
                self.network.vpcs[vpc].unlisted = Some(fact);
            }
        }
    }

    /// Returns the addresses of an interface that no other interface of the VPC has.
    fn addresses<'i>(
        &mut self,
        interface: &'i records::Interface,
        subnet: SubnetId,
        taken: &mut HashMap<(VpcId, IpAddr), &'i str>,
    ) -> Vec<IpAddr> {
        let vpc = self.network.subnets[subnet].vpc;
        let mut addresses = Vec::new();
        for (address, _) in &interface.addresses {
            let id = interface.meta.id.as_str();
            let first = *taken.entry((vpc, *address)).or_insert(id);
            if first == id {
                if !addresses.contains(address) {
                    addresses.push(*address);
                }
                continue;
            }
            let statement =
                format!("`{first}` has address {address}, and not `{id}`, which claims it too");
            self.findings.assume(statement, interface.meta.origin.span().into_iter().collect());
        }
        addresses
    }

    /// Returns the groups of an interface, and whether it is filtered at all.
    fn groups(&mut self, interface: &records::Interface) -> (Vec<SecurityGroupId>, bool) {
        let of_balancer =
            self.keys.of_balancers.get(&interface.meta.id).map(|behind| &behind.groups);
        let own = interface.groups.as_ref().filter(|groups| !groups.is_empty()).map(Cow::Borrowed);
        let known = own.or_else(|| of_balancer.cloned().map(Cow::Owned));
        let known = known.or(interface.groups.as_ref().map(Cow::Borrowed));
        let managed = interface.kind != InterfaceKind::Ordinary;
        // Balancers without groups, transit gateway attachments and NAT gateways are not filtered.
        if interface.kind == InterfaceKind::NatGateway
            || (managed && known.as_ref().is_some_and(|groups| groups.is_empty()))
        {
            return (Vec::new(), false);
        }
        let mut keys = Vec::new();
        for group in known.iter().flat_map(|groups| groups.iter()) {
            let known = self.keys.security_groups.get(group).copied();
            keys.push(known.unwrap_or_else(|| self.unknown_group(group, &interface.meta)));
        }
        if keys.is_empty() {
            // Every other interface has a group, so that the answer must leave it out.
            let id = format!("security groups of {}", interface.meta.id);
            keys.push(self.unknown_group(&id, &interface.meta));
        }
        (keys, true)
    }

    fn owner(&mut self, interface: &records::Interface) -> InterfaceOwner {
        match (&interface.kind, &interface.instance) {
            // Its gateway, if it is described, takes it later; until then nothing answers there.
            (InterfaceKind::NatGateway, _) => InterfaceOwner::Detached,
            (_, _) if !interface.attached => InterfaceOwner::Detached,
            (_, Some(instance)) => {
                InterfaceOwner::Instance(self.instance(instance, &interface.meta))
            }
            (InterfaceKind::Gateway, None) => InterfaceOwner::Gateway,
            (InterfaceKind::LoadBalancer(tail), None) => self.balancer_behind(interface, tail),
            (InterfaceKind::Unmodelled(noun), None) => {
                let id = &interface.meta.id;
                let doubt = self.keys.doubtful_interfaces.get(id).copied();
                let fact = doubt.unwrap_or_else(|| {
                    self.fact(
                        format!("{noun} behind interface `{id}` takes the packet and answers it"),
                        format!("what stands behind `{id}` is not modelled: follow it by hand"),
                        interface.meta.origin.clone(),
                    )
                });
                InterfaceOwner::Unmodelled(fact)
            }
            (InterfaceKind::Service | InterfaceKind::Ordinary, None) => {
                let doubt = self.keys.doubtful_interfaces.get(&interface.meta.id);
                doubt.map_or(InterfaceOwner::Service, |fact| InterfaceOwner::Unmodelled(*fact))
            }
        }
    }

    /// Returns an instance, which may be known by its interface alone.
    fn instance(&mut self, id: &str, interface: &Meta) -> InstanceId {
        if let Some(key) = self.keys.instances.get(id) {
            return *key;
        }
        let mut meta = Meta::new(id, Origin::Implied(ImpliedBy::MissingInput));
        if let Some(span) = interface.origin.span() {
            let how = format!("instance that `{}` is attached to", interface.id);
            meta.origin = Origin::Derived { how, from: vec![span] };
        }
        let meta = placed(&meta, interface);
        let key = self.network.instances.push(machine(meta, true));
        self.keys.instances.insert(id.to_owned(), key);
        key
    }

    /// Makes every NAT gateway that stands in a subnet described.
    pub(super) fn nat_gateways(&mut self, gateways: &Records<records::NatGateway>) {
        for (id, gateway) in gateways {
            self.keys.nat_states.insert(id.clone(), gateway.state);
            if gateway.state != NatState::Available {
                let public = gateway.addresses.iter().filter_map(|address| address.public);
                let was = format!("NAT gateway `{id}`, which is not available");
                public.for_each(|public| {
                    self.unplaced.push((public, was.clone(), gateway.meta.clone()));
                });
                if gateway.state == NatState::Gone {
                    self.left_out(&gateway.meta, GONE_NAT_GATEWAY);
                } else {
                    self.unread(&gateway.meta, was, "routes to it are unresolved facts");
                }
                continue;
            }
            let Some(key) = self.network.nat_gateways.next_id() else { return };
            if gateway.regional {
                self.regional_nat_gateway(id, gateway);
                continue;
            }
            let Some(interface) = self.nat_interface(id, gateway) else {
                let what = format!("NAT gateway `{id}`, whose subnet or address is not known");
                self.unread(&gateway.meta, what, "routes to it are unresolved facts");
                continue;
            };
            self.network.interfaces[interface].owner = InterfaceOwner::NatGateway(key);
            self.network.interfaces[interface].filtered = false;
            self.network.interfaces[interface].security_groups.clear();
            self.network.nat_gateways.push(NatGateway {
                meta: placed(&gateway.meta, &self.network.interfaces[interface].meta),
                vpc: self.network.vpc_of(interface),
                placement: NatPlacement::Subnet(interface),
                source_translations: Vec::new(),
                destination_translations: Vec::new(),
                firewall: None,
            });
            self.keys.nat_gateways.insert(id.clone(), key);
            self.add_addresses(gateway, interface);
        }
    }

    /// A regional NAT gateway stands in no subnet and grows into zones by itself, which is not modelled.
    fn regional_nat_gateway(&mut self, id: &str, gateway: &records::NatGateway) {
        let what = format!("regional NAT gateway `{id}`, which stands in no subnet");
        for public in gateway.addresses.iter().filter_map(|address| address.public) {
            self.unplaced.push((public, what.clone(), gateway.meta.clone()));
        }
        self.unread(&gateway.meta, what, "routes to it are unresolved facts");
        self.keys.regional_nats.insert(id.to_owned());
    }

    /// Returns the interface of a NAT gateway; one that no answer describes is made.
    fn nat_interface(&mut self, id: &str, gateway: &records::NatGateway) -> Option<InterfaceId> {
        let first = gateway.addresses.first()?;
        if let Some(key) = first.interface.as_ref().and_then(|id| self.keys.interfaces.get(id)) {
            return Some(*key);
        }
        let subnet = *self.keys.subnets.get(gateway.subnet.as_ref()?)?;
        let span = gateway.meta.origin.span()?;
        let how = format!("interface of NAT gateway `{id}`");
        let name = first.interface.clone().unwrap_or_else(|| format!("{id}/interface"));
        let meta = Meta::new(name.clone(), Origin::Derived { how, from: vec![span] });
        let (closed, closed_out) = self.closed(gateway.subnet.as_ref(), true);
        let key = self.network.interfaces.push(Interface {
            meta: placed(&meta, &self.network.subnets[subnet].meta),
            subnet,
            addresses: vec![first.private?],
            security_groups: Vec::new(),
            filtered: false,
            internet_gateway_denied: closed,
            egress_only_gateway_denied: closed_out,
            source_dest_check: false,
            owner: InterfaceOwner::Detached,
        });
        self.keys.interfaces.insert(name, key);
        Some(key)
    }

    /// Gives the interface of a NAT gateway every private address of the gateway: it sends each flow from
    /// one of them.
    fn add_addresses(&mut self, gateway: &records::NatGateway, interface: InterfaceId) {
        let subnet = self.network.interfaces[interface].subnet;
        let vpc = self.network.subnets[subnet].vpc;
        for private in gateway.addresses.iter().filter_map(|address| address.private) {
            // Nearly always it has the address, and nobody else needs to be asked.
            if self.network.interfaces[interface].addresses.contains(&private) {
                continue;
            }
            let taken = self.network.interfaces.iter().any(|(_, one)| {
                one.addresses.contains(&private) && self.network.subnets[one.subnet].vpc == vpc
            });
            if !taken {
                self.network.interfaces[interface].addresses.push(private);
            }
        }
    }

    fn note_gaps(&mut self, interface: &records::Interface) {
        let (meta, id) = (&interface.meta, &interface.meta.id);
        if interface.kind == InterfaceKind::NatGateway && !interface.attached {
            let what = format!("interface `{id}` of a NAT gateway, which is not attached");
            self.unread(meta, what, "nothing answers at its addresses");
        }
    }
}

/// Returns an instance as the answers describe it: nothing is known of what runs on it. Where a route
/// leads to one, a fact decides what becomes of packets that are not for itself, and nobody asks
/// whether it forwards.
fn machine(meta: Meta, running: bool) -> Instance {
    Instance {
        meta,
        running,
        services: None,
        firewall: None,
        forwards: Setting::Decided(false),
        appliance: None,
        routes: Vec::new(),
    }
}
