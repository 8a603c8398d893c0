//! One step of a packet: §§2, 4, 5, 6, 9 and 10 of the page, sentence by sentence.

use std::net::IpAddr;

use canreach_model::{
    Checkpoint, DestinationTranslation, Direction, Endpoint, EntryRouting, InstanceId, InterfaceId,
    InterfaceOwner, InternetAccess, InternetGatewayId, Layer, Listen, NatGatewayId, NatPlacement,
    Pass, PeeringId, PeeringStatus, PublicAddressTarget, RouteRef, RouteTableId, RouteTarget,
    SubnetId, TranslationSource, VpcId,
};
use canreach_net::{Family, Header, Ports, Protocol, is_public_unicast};

use super::{At, Came, Configuration, Lost, Next, Record, Stop, Walk};

type Step = Result<Next, Lost>;

fn obstacle<T>(name: &'static str) -> Result<T, Lost> {
    Err(Lost::Obstacle(name))
}

fn go(at: At, header: Header) -> Step {
    Ok(Next::Go(Configuration { at, header }))
}

impl Walk<'_> {
    pub(super) fn step(&mut self, Configuration { at, header }: Configuration) -> Step {
        match at {
            At::Sending(interface) => self.sending(interface, header),
            At::SendingOn(interface) => self.sending_on(interface, header),
            At::NextStop(vpc, stop, came) => self.next_stop(vpc, stop, came, header),
            At::Entering(vpc, came) => self.entering(vpc, came, header),
            At::Delivering(vpc, from) => self.delivering(vpc, from, header),
            At::Internet => self.internet(header),
        }
    }

    // §2. Sending from interface i.

    fn sending(&mut self, i: InterfaceId, header: Header) -> Step {
        // Step 1.
        if let Some(keeper) = self.host_keeps(i, header.destination) {
            return self.listening(keeper, header);
        }
        // Step 2.
        if self.network.interfaces[i].filtered {
            self.security_groups(i, Direction::Egress, header)?;
        }
        self.sending_on(i, header)
    }

    /// The interface of the same host and VPC that has the address.
    fn host_keeps(&self, i: InterfaceId, destination: IpAddr) -> Option<InterfaceId> {
        let same_host = |j: InterfaceId| match self.network.interfaces[i].owner {
            InterfaceOwner::Instance(_) => {
                self.network.interfaces[j].owner == self.network.interfaces[i].owner
            }
            InterfaceOwner::NatGateway(_) | InterfaceOwner::Service | InterfaceOwner::Detached => {
                false
            }
        };
        let keeper = self.owner(self.network.vpc_of(i), destination)?;
        (keeper == i || same_host(keeper)).then_some(keeper)
    }

    fn sending_on(&mut self, i: InterfaceId, header: Header) -> Step {
        let subnet = self.network.interfaces[i].subnet;
        let vpc = self.network.vpc_of(i);
        // Step 3.
        let decided = self.route_of_sender(i, header);
        // Step 4.
        let next_interface = match decided {
            Ok(Stop::Route(_, RouteTarget::Local)) => self.owner(vpc, header.destination),
            Ok(Stop::Route(_, RouteTarget::NatGateway(n))) => self.interface_of_gateway(n),
            Ok(
                Stop::ByPublicAddress
                | Stop::Route(
                    _,
                    RouteTarget::Blackhole
                    | RouteTarget::InternetGateway(_)
                    | RouteTarget::Peering(_)
                    | RouteTarget::Unresolved(_),
                ),
            )
            | Err(_) => None,
        };
        let inside = next_interface.is_some_and(|j| self.network.interfaces[j].subnet == subnet);
        if !inside || self.filters_inside(vpc) {
            self.network_acl(subnet, Direction::Egress, header)?;
        }
        // Step 5.
        let came = Came { sender: Some(i), subnet: Some(subnet), across_peering: false };
        go(At::NextStop(vpc, decided?, came), header)
    }

    fn filters_inside(&self, vpc: VpcId) -> bool {
        self.network.vpcs[vpc].profile.network_acl.filters_inside_subnet
    }

    fn interface_of_gateway(&self, n: NatGatewayId) -> Option<InterfaceId> {
        match self.network.nat_gateways[n].placement {
            NatPlacement::Subnet(m) => Some(m),
            NatPlacement::Vpc => None,
        }
    }

    /// The interface of the VPC that has the address.
    fn owner(&self, vpc: VpcId, address: IpAddr) -> Option<InterfaceId> {
        let mut all = self.network.interfaces.iter();
        all.find(|(i, interface)| {
            self.network.vpc_of(*i) == vpc && interface.addresses.contains(&address)
        })
        .map(|(i, _)| i)
    }

    // §4. The route.

    fn route(
        &self,
        vpc: VpcId,
        table: RouteTableId,
        destination: IpAddr,
    ) -> Option<(RouteRef, RouteTarget, u8)> {
        let matching: Vec<(RouteRef, RouteTarget, u8)> = self.network.route_tables[table]
            .routes
            .iter()
            .enumerate()
            .filter(|(_, route)| route.destination.contains(&destination))
            .map(|(index, route)| {
                (RouteRef { table, index }, route.target, route.destination.prefix_len())
            })
            .collect();
        let longest = matching.iter().max_by_key(|(_, _, length)| *length).copied();
        let local = matching
            .iter()
            .filter(|(_, target, _)| *target == RouteTarget::Local)
            .max_by_key(|(_, _, length)| *length)
            .copied();
        if self.network.vpcs[vpc].profile.routing.local_beats_custom {
            local.or(longest)
        } else {
            longest
        }
    }

    fn route_of_sender(&self, i: InterfaceId, header: Header) -> Result<Stop, Lost> {
        let vpc = self.network.vpc_of(i);
        let table = self.network.subnets[self.network.interfaces[i].subnet].route_table;
        let winner = self.route(vpc, table, header.destination);
        let default_or_none = winner.is_none_or(|(_, _, length)| length == 0);
        let beats = self.network.vpcs[vpc].profile.routing.public_address_beats_default_route;
        if beats && default_or_none && self.has_public_address(i, header.source) {
            return Ok(Stop::ByPublicAddress);
        }
        match winner {
            Some((at, target, _)) => Ok(Stop::Route(at, target)),
            None => obstacle("NoRoute"),
        }
    }

    fn has_public_address(&self, i: InterfaceId, private: IpAddr) -> bool {
        let wanted = Some(PublicAddressTarget::Interface { interface: i, address: private });
        self.network.public_addresses.iter().any(|(_, public)| public.target == wanted)
    }

    // §5. The next stop, in VPC v.

    fn next_stop(&mut self, v: VpcId, stop: Stop, came: Came, header: Header) -> Step {
        match stop {
            Stop::ByPublicAddress => {
                let header = self.by_public_address(v, came, header)?;
                go(At::Internet, header)
            }
            Stop::Route(_, RouteTarget::Local) => go(At::Delivering(v, came.subnet), header),
            Stop::Route(_, RouteTarget::Blackhole) => obstacle("Blackhole"),
            Stop::Route(_, RouteTarget::InternetGateway(g)) => {
                self.internet_gateway(v, g, came, header)
            }
            Stop::Route(_, RouteTarget::NatGateway(n)) => self.nat_gateway(v, n, came, header),
            Stop::Route(_, RouteTarget::Peering(p)) => self.peering(v, p, came, header),
            Stop::Route(_, RouteTarget::Unresolved(fact)) => {
                if self.valuation.is_true(fact) {
                    Ok(Next::Unmodelled)
                } else {
                    obstacle("Unmodelled")
                }
            }
        }
    }

    fn internet_gateway(
        &mut self,
        v: VpcId,
        g: InternetGatewayId,
        came: Came,
        header: Header,
    ) -> Step {
        let gateway = &self.network.internet_gateways[g];
        if gateway.vpc != Some(v) {
            return obstacle("GatewayNotAttached");
        }
        if gateway.egress_only && header.family() == Family::V4 {
            return obstacle("EgressOnly");
        }
        let header = match header.family() {
            Family::V4 => self.by_public_address(v, came, header)?,
            Family::V6 => {
                if self.owner(v, header.source).is_some_and(|i| self.denied_at_gateway(i)) {
                    return obstacle("InternetGatewayDenied");
                }
                header
            }
        };
        if self.pass == Pass::Request {
            self.memory.went_out.push(g);
        }
        go(At::Internet, header)
    }

    /// Replaces the source by the public address that stands for it.
    fn by_public_address(&self, v: VpcId, came: Came, header: Header) -> Result<Header, Lost> {
        if came.sender.is_some_and(|i| self.denied_at_gateway(i)) {
            return obstacle("InternetGatewayDenied");
        }
        for (_, public) in self.network.public_addresses.iter() {
            if let Some(PublicAddressTarget::Interface { interface, address }) = public.target
                && self.network.vpc_of(interface) == v
                && address == header.source
            {
                return Ok(Header { source: public.address, ..header });
            }
        }
        obstacle("NoPublicAddress")
    }

    fn denied_at_gateway(&self, i: InterfaceId) -> bool {
        self.network.interfaces[i].internet_gateway_denied
    }

    fn nat_gateway(&mut self, v: VpcId, n: NatGatewayId, came: Came, header: Header) -> Step {
        let gateway = &self.network.nat_gateways[n];
        if gateway.vpc != v {
            return obstacle("NatElsewhere");
        }
        if header.family() == Family::V6 || !self.translates(n, header.transport.protocol()) {
            return obstacle("NatProtocol");
        }
        match gateway.placement {
            NatPlacement::Subnet(m) => {
                let subnet = self.network.interfaces[m].subnet;
                if came.subnet != Some(subnet) || self.filters_inside(v) {
                    self.network_acl(subnet, Direction::Ingress, header)?;
                }
                if let Some(to_origin) = self.reply_on_record(n, header) {
                    return go(At::SendingOn(m), to_origin);
                }
                let mut own = self.network.interfaces[m].addresses.iter().copied();
                let Some(source) = own.find(IpAddr::is_ipv4) else {
                    return obstacle("NoSourceTranslation");
                };
                go(At::SendingOn(m), self.translate_source(n, source, header))
            }
            NatPlacement::Vpc => {
                if let Some(to_origin) = self.reply_on_record(n, header) {
                    if self.is_public_address_of(n, to_origin.source) {
                        return go(At::Internet, to_origin);
                    }
                    return go(At::Entering(v, Came::default()), to_origin);
                }
                let Some(source) = self.chosen_source(n, came, header.source) else {
                    return obstacle("NoSourceTranslation");
                };
                go(At::Internet, self.translate_source(n, source, header))
            }
        }
    }

    fn translates(&self, n: NatGatewayId, protocol: Protocol) -> bool {
        let vpc = self.network.nat_gateways[n].vpc;
        self.network.vpcs[vpc].profile.translation.protocols.contains(protocol.0)
    }

    fn is_public_address_of(&self, n: NatGatewayId, address: IpAddr) -> bool {
        let mut all = self.network.public_addresses.iter();
        all.any(|(_, public)| {
            public.address == address && public.target == Some(PublicAddressTarget::NatGateway(n))
        })
    }

    /// The first source translation that applies, and the address chosen from it.
    fn chosen_source(&self, n: NatGatewayId, came: Came, source: IpAddr) -> Option<IpAddr> {
        let applies = |what: TranslationSource| match what {
            TranslationSource::Subnet(subnet) => {
                let subnet = &self.network.subnets[subnet];
                subnet.cidrs.iter().any(|block| block.contains(&source))
                    && came.sender.is_some_and(|i| self.network.vpc_of(i) == subnet.vpc)
                    && !came.across_peering
            }
            TranslationSource::Cidr(block) => block.contains(&source),
        };
        let rules = &self.network.nat_gateways[n].source_translations;
        let rule = rules.iter().find(|rule| applies(rule.source))?;
        let choice = self.choices.addresses.get(&n).copied().unwrap_or(0);
        rule.addresses.get(choice).or(rule.addresses.first()).copied()
    }

    fn translate_source(
        &mut self,
        gateway: NatGatewayId,
        source: IpAddr,
        before: Header,
    ) -> Header {
        let vpc = self.network.nat_gateways[gateway].vpc;
        let first = self.network.vpcs[vpc].profile.translation.ports.first();
        let port = self.choices.ports.get(&gateway).copied().unwrap_or(first);
        let transport = match before.transport.ports() {
            Some(ports) => before.transport.with_ports(Ports { source: port, ..ports }),
            None => before.transport,
        };
        let after = Header { source, transport, ..before };
        self.put_on_record(Record { gateway, before, after });
        after
    }

    fn peering(&self, v: VpcId, p: PeeringId, came: Came, header: Header) -> Step {
        let peering = &self.network.peerings[p];
        if peering.status != PeeringStatus::Active {
            return obstacle("PeeringInactive");
        }
        match peering.other_side(v) {
            None => obstacle("PeeringElsewhere"),
            Some(w) => {
                go(At::Entering(w, Came { subnet: None, across_peering: true, ..came }), header)
            }
        }
    }

    // §5a. Entering VPC w.

    fn entering(&self, w: VpcId, came: Came, header: Header) -> Step {
        let vpc = &self.network.vpcs[w];
        let peering = &vpc.profile.peering;
        if vpc.profile.routing.entry == EntryRouting::LocalOnly {
            if vpc.cidrs.iter().any(|block| block.contains(&header.destination)) {
                return go(At::Delivering(w, None), header);
            }
            return obstacle(if came.across_peering { "PeeringNotTransitive" } else { "NoRoute" });
        }
        let Some((at, target, _)) = self.route(w, vpc.default_route_table, header.destination)
        else {
            return obstacle("NoRoute");
        };
        let may_go_on = match target {
            RouteTarget::Local | RouteTarget::Blackhole | RouteTarget::Unresolved(_) => true,
            RouteTarget::Peering(_) => {
                !came.across_peering || peering.to_peering.value(self.valuation)
            }
            RouteTarget::InternetGateway(_) => !came.across_peering || peering.to_internet_gateway,
            RouteTarget::NatGateway(_) => !came.across_peering || peering.to_nat_gateway,
        };
        if may_go_on {
            go(At::NextStop(w, Stop::Route(at, target), came), header)
        } else {
            obstacle("PeeringNotTransitive")
        }
    }

    // §6. Delivering in VPC v.

    fn delivering(&mut self, v: VpcId, from: Option<SubnetId>, header: Header) -> Step {
        // Step 1.
        let Some(i) = self.owner(v, header.destination) else { return obstacle("NobodyHas") };
        let interface = &self.network.interfaces[i];
        // Step 2.
        if from != Some(interface.subnet) || self.filters_inside(v) {
            self.network_acl(interface.subnet, Direction::Ingress, header)?;
        }
        // Step 3.
        match interface.owner {
            InterfaceOwner::NatGateway(n) => {
                return match self.reply_on_record(n, header) {
                    Some(to_origin) => go(At::SendingOn(i), to_origin),
                    None => obstacle("NoDestinationTranslation"),
                };
            }
            InterfaceOwner::Detached => return obstacle("Detached"),
            InterfaceOwner::Instance(_) | InterfaceOwner::Service => {}
        }
        // Step 4.
        if interface.filtered {
            self.security_groups(i, Direction::Ingress, header)?;
        }
        self.listening(i, header)
    }

    /// The second half of §6 step 4: the listening services, then delivered.
    fn listening(&self, i: InterfaceId, header: Header) -> Step {
        if let InterfaceOwner::Instance(instance) = self.network.interfaces[i].owner
            && !self.something_listens(instance, header)
        {
            let layer = Layer::Listener(instance);
            return Err(Lost::Filter(Checkpoint { layer, direction: Direction::Ingress }));
        }
        Ok(Next::Delivered(Endpoint::Interface(i), header))
    }

    fn something_listens(&self, instance: InstanceId, header: Header) -> bool {
        let (Some(services), Some(ports), Pass::Request) =
            (&self.network.instances[instance].services, header.transport.ports(), self.pass)
        else {
            return true;
        };
        services.iter().any(|service| {
            let here = match service.listen {
                Listen::Any => true,
                Listen::AnyV4 => header.family() == Family::V4,
                Listen::AnyV6 => header.family() == Family::V6,
                Listen::Address(address) => !address.is_loopback() && address == header.destination,
            };
            here && service.protocol == header.transport.protocol()
                && service.ports.first() <= ports.destination
                && ports.destination <= service.ports.last()
        })
    }

    // §9. The Internet.

    fn internet(&mut self, header: Header) -> Step {
        if !is_public_unicast(header.source) || !is_public_unicast(header.destination) {
            return obstacle("NotRoutedOnInternet");
        }
        // A public address of the network.
        let public = self
            .network
            .public_addresses
            .iter()
            .find(|(_, public)| public.address == header.destination);
        if let Some((_, public)) = public {
            return match public.target {
                None => obstacle("PublicAddressUnused"),
                Some(PublicAddressTarget::Interface { interface, address }) => {
                    self.to_public_address(interface, address, header)
                }
                Some(PublicAddressTarget::NatGateway(n)) => self.to_gateway_at_vpc(n, header),
            };
        }
        // The IPv6 address of an interface: the first VPC in the model's order.
        if header.family() == Family::V6 {
            for v in self.network.vpcs.ids() {
                if let Some(i) = self.owner(v, header.destination) {
                    return self.to_ipv6_address(v, i, header);
                }
            }
            // An IPv6 address inside a block of a VPC.
            let mut vpcs = self.network.vpcs.iter();
            if vpcs
                .any(|(_, vpc)| vpc.cidrs.iter().any(|block| block.contains(&header.destination)))
            {
                return obstacle("NobodyHas");
            }
        }
        // Any other address.
        Ok(Next::Delivered(Endpoint::Internet, header))
    }

    fn to_public_address(&self, i: InterfaceId, private: IpAddr, header: Header) -> Step {
        let v = self.network.vpc_of(i);
        let mut gateways = self.network.internet_gateways.iter();
        let gateway = gateways.find(|(_, g)| g.vpc == Some(v) && !g.egress_only);
        let way_in = match (self.network.vpcs[v].profile.routing.internet, gateway) {
            (InternetAccess::PublicAddress, _) => None,
            (InternetAccess::Gateway, Some((g, _))) => Some(g),
            (InternetAccess::Gateway, None) => return obstacle("NoInternetGateway"),
        };
        if self.denied_at_gateway(i) {
            return obstacle("InternetGatewayDenied");
        }
        let header = Header { destination: private, ..header };
        match way_in {
            None => go(At::Delivering(v, None), header),
            Some(g) => self.through_gateway(v, g, header),
        }
    }

    fn to_ipv6_address(&self, v: VpcId, i: InterfaceId, header: Header) -> Step {
        let gateway = self.network.internet_gateways.iter().find(|(g, gateway)| {
            let saw = self.pass == Pass::Reply && self.memory.went_out.contains(g);
            gateway.vpc == Some(v) && (!gateway.egress_only || saw)
        });
        let Some((g, _)) = gateway else { return obstacle("NoInternetGateway") };
        if self.denied_at_gateway(i) {
            return obstacle("InternetGatewayDenied");
        }
        self.through_gateway(v, g, header)
    }

    /// The last paragraph of §9.
    fn through_gateway(&self, v: VpcId, g: InternetGatewayId, header: Header) -> Step {
        let Some(table) = self.network.internet_gateways[g].route_table else {
            return go(At::Delivering(v, None), header);
        };
        match self.route(v, table, header.destination) {
            None => obstacle("NoRoute"),
            Some((at, target, _)) => {
                go(At::NextStop(v, Stop::Route(at, target), Came::default()), header)
            }
        }
    }

    fn to_gateway_at_vpc(&mut self, n: NatGatewayId, header: Header) -> Step {
        let v = self.network.nat_gateways[n].vpc;
        if let Some(to_origin) = self.reply_on_record(n, header) {
            return go(At::Entering(v, Came::default()), to_origin);
        }
        let translations = &self.network.nat_gateways[n].destination_translations;
        let after =
            translations.iter().find_map(|rule| self.translated_destination(n, rule, header));
        let Some(after) = after else {
            return obstacle("NoDestinationTranslation");
        };
        self.put_on_record(Record { gateway: n, before: header, after });
        go(At::Entering(v, Came::default()), after)
    }

    fn translated_destination(
        &self,
        n: NatGatewayId,
        rule: &DestinationTranslation,
        header: Header,
    ) -> Option<Header> {
        if rule.public_address != header.destination {
            return None;
        }
        let protocol = header.transport.protocol();
        let transport = match rule.protocol {
            None => self.translates(n, protocol).then_some(header.transport)?,
            Some(wanted) => {
                let ports = header.transport.ports().filter(|_| wanted == protocol)?;
                if ports.destination > rule.public_ports.last() {
                    return None;
                }
                let nth = ports.destination.checked_sub(rule.public_ports.first())?;
                let destination = rule.private_port.checked_add(nth)?;
                header.transport.with_ports(Ports { destination, ..ports })
            }
        };
        Some(Header { destination: rule.private_address, transport, ..header })
    }

    // §10. Translations on record.

    fn put_on_record(&mut self, record: Record) {
        if self.pass == Pass::Request {
            self.memory.records.push(record);
        }
    }

    /// If the packet is of the reply, and the reply to the result of a translation on record at this
    /// gateway: the reply to its origin.
    fn reply_on_record(&self, n: NatGatewayId, header: Header) -> Option<Header> {
        if self.pass == Pass::Request {
            return None;
        }
        let of_gateway = self.memory.records.iter().filter(|record| record.gateway == n);
        let mut answered = of_gateway.filter(|record| record.after.reply() == Some(header));
        answered.next()?.before.reply()
    }
}
