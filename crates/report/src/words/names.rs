//! What objects and places are called.

use canreach_model::{
    Across, AddressGroupId, Border, CloudFirewallId, ConnectionId, ConnectionKind,
    GatewayEndpointId, HostFirewallKind, InstanceId, InterfaceId, InterfaceOwner,
    InternetGatewayId, Layer, LayerKind, LoadBalancerId, Meta, NatGatewayId, NetworkAclId,
    PeeringId, Place, PublicAddressId, RemoteNetworkId, RouteTableId, RuleOwner, SecurityGroupId,
    SubnetId, TransitAttachmentId, TransitGatewayId, TransitRouteTableId, Translator,
    VirtualAddressId, VpcId,
};

use super::{Words, and};

/// An object of the network, as named in answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'n> {
    /// The kind, as JSON spells it.
    pub(crate) kind: &'static str,
    /// The kind, as people say it.
    pub(crate) spoken: &'static str,
    /// Id, name and origin.
    pub(crate) meta: &'n Meta,
}

impl Named<'_> {
    /// Returns the kind and the name: "network ACL `acl-db`".
    pub(crate) fn words(self) -> String {
        format!("{} `{}`", self.spoken, self.meta.label())
    }
}

impl<'n> Words<'n> {
    pub(crate) fn vpc(self, id: VpcId) -> Named<'n> {
        Named { kind: "vpc", spoken: "VPC", meta: &self.network.vpcs[id].meta }
    }

    pub(crate) fn subnet(self, id: SubnetId) -> Named<'n> {
        Named { kind: "subnet", spoken: "subnet", meta: &self.network.subnets[id].meta }
    }

    pub(crate) fn route_table(self, id: RouteTableId) -> Named<'n> {
        let meta = &self.network.route_tables[id].meta;
        Named { kind: "route-table", spoken: "route table", meta }
    }

    pub(crate) fn network_acl(self, id: NetworkAclId) -> Named<'n> {
        let meta = &self.network.network_acls[id].meta;
        Named { kind: "network-acl", spoken: "network ACL", meta }
    }

    pub(crate) fn security_group(self, id: SecurityGroupId) -> Named<'n> {
        let meta = &self.network.security_groups[id].meta;
        Named { kind: "security-group", spoken: "security group", meta }
    }

    pub(crate) fn address_group(self, id: AddressGroupId) -> Named<'n> {
        let meta = &self.network.address_groups[id].meta;
        Named { kind: "address-group", spoken: "address group", meta }
    }

    pub(crate) fn instance(self, id: InstanceId) -> Named<'n> {
        Named { kind: "instance", spoken: "instance", meta: &self.network.instances[id].meta }
    }

    pub(crate) fn interface(self, id: InterfaceId) -> Named<'n> {
        Named { kind: "interface", spoken: "interface", meta: &self.network.interfaces[id].meta }
    }

    pub(crate) fn peering(self, id: PeeringId) -> Named<'n> {
        Named { kind: "peering", spoken: "peering", meta: &self.network.peerings[id].meta }
    }

    pub(crate) fn internet_gateway(self, id: InternetGatewayId) -> Named<'n> {
        let gateway = &self.network.internet_gateways[id];
        let spoken =
            if gateway.egress_only { "egress-only Internet gateway" } else { "Internet gateway" };
        Named { kind: "internet-gateway", spoken, meta: &gateway.meta }
    }

    pub(crate) fn nat_gateway(self, id: NatGatewayId) -> Named<'n> {
        let meta = &self.network.nat_gateways[id].meta;
        Named { kind: "nat-gateway", spoken: "NAT gateway", meta }
    }

    pub(crate) fn load_balancer(self, id: LoadBalancerId) -> Named<'n> {
        let meta = &self.network.load_balancers[id].meta;
        Named { kind: "load-balancer", spoken: "load balancer", meta }
    }

    pub(crate) fn virtual_address(self, id: VirtualAddressId) -> Named<'n> {
        let meta = &self.network.virtual_addresses[id].meta;
        Named { kind: "virtual-address", spoken: "virtual address", meta }
    }

    pub(crate) fn gateway_endpoint(self, id: GatewayEndpointId) -> Named<'n> {
        let meta = &self.network.gateway_endpoints[id].meta;
        Named { kind: "gateway-endpoint", spoken: "gateway endpoint", meta }
    }

    pub(crate) fn cloud_firewall(self, id: CloudFirewallId) -> Named<'n> {
        let meta = &self.network.cloud_firewalls[id].meta;
        Named { kind: "cloud-firewall", spoken: "cloud firewall", meta }
    }

    pub(crate) fn transit_gateway(self, id: TransitGatewayId) -> Named<'n> {
        let meta = &self.network.transit_gateways[id].meta;
        Named { kind: "transit-gateway", spoken: "transit gateway", meta }
    }

    pub(crate) fn transit_attachment(self, id: TransitAttachmentId) -> Named<'n> {
        let meta = &self.network.transit_attachments[id].meta;
        Named { kind: "transit-attachment", spoken: "attachment", meta }
    }

    pub(crate) fn transit_route_table(self, id: TransitRouteTableId) -> Named<'n> {
        let meta = &self.network.transit_route_tables[id].meta;
        Named { kind: "transit-route-table", spoken: "route table", meta }
    }

    pub(crate) fn connection(self, id: ConnectionId) -> Named<'n> {
        let connection = &self.network.connections[id];
        let spoken = match connection.kind {
            ConnectionKind::Vpn => "VPN connection",
            ConnectionKind::DirectConnect => "Direct Connect connection",
        };
        Named { kind: "connection", spoken, meta: &connection.meta }
    }

    pub(crate) fn remote_network(self, id: RemoteNetworkId) -> Named<'n> {
        let meta = &self.network.remote_networks[id].meta;
        Named { kind: "remote-network", spoken: "network on premises", meta }
    }

    /// Returns what packets came into a VPC across.
    pub(crate) fn across(self, across: Across) -> Named<'n> {
        match across {
            Across::Peering(id) => self.peering(id),
            Across::Transit(id) => self.transit_attachment(id),
            Across::Connection(id) => self.connection(id),
        }
    }

    pub(crate) fn translator(self, translator: Translator) -> Named<'n> {
        match translator {
            Translator::NatGateway(id) => self.nat_gateway(id),
            Translator::LoadBalancer(interface) => self.machine(interface),
        }
    }

    pub(crate) fn public_address(self, id: PublicAddressId) -> Named<'n> {
        let meta = &self.network.public_addresses[id].meta;
        Named { kind: "public-address", spoken: "public address", meta }
    }

    pub(crate) fn rule_owner(self, owner: RuleOwner) -> Named<'n> {
        match owner {
            RuleOwner::SecurityGroup(id) => self.security_group(id),
            RuleOwner::NetworkAcl(id) => self.network_acl(id),
            RuleOwner::CloudFirewall(id, ..) => self.cloud_firewall(id),
            RuleOwner::ListenerAccess(id, _) => self.load_balancer(id),
            RuleOwner::HostChain(id, _) => self.instance(id),
        }
    }

    /// Returns the machine behind an interface: its instance, or itself.
    pub(crate) fn machine(self, id: InterfaceId) -> Named<'n> {
        match self.network.interfaces[id].owner {
            InterfaceOwner::Instance(instance) => self.instance(instance),
            InterfaceOwner::NatGateway(gateway) => self.nat_gateway(gateway),
            InterfaceOwner::LoadBalancer(balancer) => self.load_balancer(balancer),
            InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_)
            | InterfaceOwner::Gateway
            | InterfaceOwner::Detached => self.interface(id),
        }
    }

    /// Returns the name of the machine behind an interface, without its kind.
    pub(crate) fn machine_name(self, id: InterfaceId) -> &'n str {
        self.machine(id).meta.label()
    }

    /// Returns the object at a place; the Internet and what lies beyond the input are none.
    pub(crate) fn place_object(self, place: Place) -> Option<Named<'n>> {
        match place {
            Place::Interface(id) => Some(self.interface(id)),
            Place::Router(id) => Some(self.vpc(id)),
            Place::Peering(id) => Some(self.peering(id)),
            Place::InternetGateway(id) => Some(self.internet_gateway(id)),
            Place::NatGateway(id) => Some(self.nat_gateway(id)),
            Place::LoadBalancer(id) => Some(self.load_balancer(id)),
            Place::TransitGateway(id) => Some(self.transit_gateway(id)),
            Place::Connection(id) => Some(self.connection(id)),
            Place::Remote(id) => Some(self.remote_network(id)),
            Place::GatewayEndpoint(id) => Some(self.gateway_endpoint(id)),
            Place::Internet | Place::Unmodelled => None,
        }
    }

    pub(crate) fn place(self, place: Place) -> String {
        match place {
            Place::Interface(id) => self.machine_name(id).to_owned(),
            Place::Router(id) => format!("router of {}", self.vpc(id).words()),
            Place::Peering(id) => self.peering(id).words(),
            Place::InternetGateway(id) => self.internet_gateway(id).words(),
            Place::NatGateway(id) => self.nat_gateway(id).words(),
            Place::LoadBalancer(id) => self.load_balancer(id).words(),
            Place::TransitGateway(id) => self.transit_gateway(id).words(),
            Place::Connection(id) => self.connection(id).words(),
            Place::Remote(id) => self.remote_network(id).words(),
            Place::GatewayEndpoint(id) => self.gateway_endpoint(id).words(),
            Place::Internet => String::from("the Internet"),
            Place::Unmodelled => String::from("beyond what the input describes"),
        }
    }

    /// Returns the places of a walk in one line.
    pub(crate) fn way(self, places: &[Place]) -> String {
        let names: Vec<String> = places.iter().map(|place| self.place(*place)).collect();
        names.join(" -> ")
    }

    /// Returns the filter in words, without a direction: "network ACL `acl-db` of subnet `db`".
    pub(crate) fn layer(self, layer: Layer) -> String {
        match layer {
            Layer::SecurityGroups(interface) => {
                let groups = &self.network.interfaces[interface].security_groups;
                let names: Vec<String> = groups
                    .iter()
                    .map(|group| format!("`{}`", self.security_group(*group).meta.label()))
                    .collect();
                let machine = self.machine_name(interface);
                match names.len() {
                    0 => format!("security groups of {machine} (it has none)"),
                    1 => format!("security group {} of {machine}", and(&names)),
                    _ => format!("security groups {} of {machine}", and(&names)),
                }
            }
            Layer::NetworkAcl(acl, subnet) => {
                format!("{} of {}", self.network_acl(acl).words(), self.subnet(subnet).words())
            }
            Layer::CloudFirewall(firewall, border) => {
                format!("{} {}", self.cloud_firewall(firewall).words(), border_words(border))
            }
            Layer::ListenerAccess(balancer, _) => {
                format!("access list of {}", self.load_balancer(balancer).words())
            }
            Layer::HostFirewall(interface) => self.host_firewall(interface),
            Layer::HostForwarding(from, _) => {
                format!("{}, for what it forwards", self.host_firewall(from))
            }
            Layer::Listener(instance, _) => {
                format!("services of {}", self.instance(instance).meta.label())
            }
        }
    }

    /// Returns the firewall of the instance of an interface in words: "firewall of db-1".
    pub(crate) fn host_firewall(self, interface: InterfaceId) -> String {
        let instance = self.network.instance_of(interface);
        let firewall = instance.and_then(|id| self.network.instances[id].firewall.as_ref());
        let name = match firewall.map(|firewall| firewall.kind) {
            Some(HostFirewallKind::Windows) => "Windows firewall",
            Some(HostFirewallKind::Linux) | None => "host firewall",
        };
        format!("{name} of {}", self.machine_name(interface))
    }
}

/// Returns where a cloud firewall stands, as a phrase.
pub(crate) fn border_words(border: Border) -> &'static str {
    match border {
        Border::Internet => "at the Internet border",
        Border::Vpc => "between VPCs",
        Border::Nat => "at the NAT border",
    }
}

/// Returns the kind of a layer, as JSON spells it.
pub(crate) fn layer_code(kind: LayerKind) -> &'static str {
    match kind {
        LayerKind::SecurityGroup => "security-group",
        LayerKind::NetworkAcl => "network-acl",
        LayerKind::CloudFirewall => "cloud-firewall",
        LayerKind::ListenerAccess => "listener-access",
        LayerKind::HostFirewall => "host-firewall",
        LayerKind::Listener => "listener",
    }
}

/// Returns the kind of a layer, as people say it.
pub(crate) fn layer_words(kind: LayerKind) -> &'static str {
    match kind {
        LayerKind::SecurityGroup => "security groups",
        LayerKind::NetworkAcl => "network ACLs",
        LayerKind::CloudFirewall => "cloud firewalls",
        LayerKind::ListenerAccess => "access lists of load balancers",
        LayerKind::HostFirewall => "host firewalls",
        LayerKind::Listener => "listening services",
    }
}
