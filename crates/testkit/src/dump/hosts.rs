//! Interfaces and instances.

use std::net::IpAddr;

use canreach_model::{
    InstanceId, InterfaceId, InterfaceOwner, PublicAddressTarget, SecurityGroupId,
};
use serde_json::{Value, json};

use super::{ACCOUNT, Writer, zone_name};

impl Writer<'_> {
    pub(super) fn hosts(&mut self) {
        for id in self.network.interfaces.ids() {
            self.interface(id);
        }
        for id in self.network.instances.ids() {
            self.instance(id);
        }
    }

    fn interface(&mut self, id: InterfaceId) {
        let interface = &self.network.interfaces[id];
        let subnet = &self.network.subnets[interface.subnet];
        let region = self.region_of(subnet.vpc);
        let (kind, description) = self.kind(id);
        let mut answer = json!({
            "NetworkInterfaceId": interface.meta.id,
            "OwnerId": ACCOUNT,
            "VpcId": self.network.vpcs[subnet.vpc].meta.id,
            "SubnetId": subnet.meta.id,
            "AvailabilityZone": zone_name(&region, subnet.zone.as_deref().unwrap_or_default()),
            "InterfaceType": kind,
            "Description": description,
            "RequesterManaged": kind != "interface",
            "SourceDestCheck": interface.source_dest_check,
            "Status": "in-use",
            "Groups": self.groups(&interface.security_groups),
        });
        let Some(members) = answer.as_object_mut() else { return };
        if interface.internet_gateway_denied {
            members.insert("DenyAllIgwTraffic".to_owned(), true.into());
        }
        let own = interface.addresses.iter();
        let v4: Vec<IpAddr> = own.clone().copied().filter(IpAddr::is_ipv4).collect();
        let v6 = own.filter(|address| address.is_ipv6());
        let v6: Vec<Value> = v6.map(|address| json!({ "Ipv6Address": address })).collect();
        members.insert("Ipv6Addresses".to_owned(), v6.into());
        if let Some(first) = v4.first() {
            members.insert("PrivateIpAddress".to_owned(), first.to_string().into());
            if let Some(association) = self.association(id, *first) {
                members.insert("Association".to_owned(), association);
            }
        }
        let private = v4.iter().enumerate().map(|(nth, address)| self.private(id, *address, nth));
        members.insert("PrivateIpAddresses".to_owned(), private.collect::<Vec<_>>().into());
        match interface.owner {
            InterfaceOwner::Detached => {
                members.insert("Status".to_owned(), "available".into());
            }
            InterfaceOwner::Instance(instance) => {
                let attachment = json!({
                    "AttachmentId": format!("eni-attach-{}", interface.meta.id),
                    "DeviceIndex": self.interfaces_of(instance).iter().position(|own| *own == id),
                    "NetworkCardIndex": 0,
                    "InstanceId": self.network.instances[instance].meta.id,
                    "InstanceOwnerId": ACCOUNT,
                    "Status": "attached",
                });
                members.insert("Attachment".to_owned(), attachment);
            }
            InterfaceOwner::NatGateway(_)
            | InterfaceOwner::LoadBalancer(_)
            | InterfaceOwner::Service
            | InterfaceOwner::Unmodelled(_)
            | InterfaceOwner::Gateway => {
                let attachment = json!({
                    "AttachmentId": format!("ela-attach-{}", interface.meta.id),
                    "DeviceIndex": 1,
                    "InstanceOwnerId": "amazon-aws",
                    "Status": "attached",
                });
                members.insert("Attachment".to_owned(), attachment);
            }
        }
        self.add(&region, "NetworkInterfaces", &answer);
    }

    /// Returns the type and the description of an interface.
    fn kind(&self, id: InterfaceId) -> (&'static str, String) {
        match self.network.interfaces[id].owner {
            InterfaceOwner::NatGateway(gateway) => {
                let gateway = &self.network.nat_gateways[gateway].meta.id;
                ("nat_gateway", format!("Interface for NAT Gateway {gateway}"))
            }
            InterfaceOwner::LoadBalancer(balancer) => {
                let arn = &self.network.load_balancers[balancer].meta.id;
                let tail = arn.split_once(":loadbalancer/").map_or("?", |(_, tail)| tail);
                ("network_load_balancer", format!("ELB {tail}"))
            }
            InterfaceOwner::Service => {
                ("vpc_endpoint", String::from("VPC Endpoint Interface vpce-0"))
            }
            InterfaceOwner::Gateway => (
                "transit_gateway",
                String::from("Network Interface for Transit Gateway Attachment tgw-attach-0"),
            ),
            InterfaceOwner::Instance(_)
            | InterfaceOwner::Unmodelled(_)
            | InterfaceOwner::Detached => ("interface", String::new()),
        }
    }

    fn private(&self, id: InterfaceId, address: IpAddr, nth: usize) -> Value {
        let mut one = json!({ "PrivateIpAddress": address.to_string(), "Primary": nth == 0 });
        if let (Some(association), Some(members)) =
            (self.association(id, address), one.as_object_mut())
        {
            members.insert("Association".to_owned(), association);
        }
        one
    }

    fn association(&self, id: InterfaceId, address: IpAddr) -> Option<Value> {
        let (public, allocation) = self.public_of(id, address)?;
        Some(json!({ "PublicIp": public, "AllocationId": allocation, "IpOwnerId": ACCOUNT }))
    }

    /// Returns the public address that stands for one of an interface, with its allocation.
    pub(super) fn public_of(
        &self,
        interface: InterfaceId,
        address: IpAddr,
    ) -> Option<(String, String)> {
        let target = Some(PublicAddressTarget::Interface { interface, address });
        let own = self.publics_of(interface).iter().map(|id| &self.network.public_addresses[*id]);
        let public = own.into_iter().find(|public| public.target == target)?;
        Some((public.address.to_string(), public.meta.id.clone()))
    }

    fn groups(&self, groups: &[SecurityGroupId]) -> Vec<Value> {
        let id = |group: &SecurityGroupId| self.network.security_groups[*group].meta.id.clone();
        groups.iter().map(|group| json!({ "GroupId": id(group), "GroupName": id(group) })).collect()
    }

    fn instance(&mut self, id: InstanceId) {
        let instance = &self.network.instances[id];
        let Some(primary) = self.interfaces_of(id).first().copied() else { return };
        let interface = &self.network.interfaces[primary];
        let subnet = &self.network.subnets[interface.subnet];
        let region = self.region_of(subnet.vpc);
        let answer = json!({
            "ReservationId": format!("r-{}", instance.meta.id),
            "OwnerId": ACCOUNT,
            "Groups": [],
            "Instances": [{
                "InstanceId": instance.meta.id,
                "State": if instance.running {
                    json!({ "Code": 16, "Name": "running" })
                } else {
                    json!({ "Code": 80, "Name": "stopped" })
                },
                "Placement": {
                    "AvailabilityZone":
                        zone_name(&region, subnet.zone.as_deref().unwrap_or_default()),
                },
                "VpcId": self.network.vpcs[subnet.vpc].meta.id,
                "SubnetId": subnet.meta.id,
                "SourceDestCheck": interface.source_dest_check,
                "NetworkInterfaces": self.interfaces_of(id).iter().map(|own| json!({
                    "NetworkInterfaceId": self.network.interfaces[*own].meta.id,
                })).collect::<Vec<_>>(),
            }],
        });
        self.add(&region, "Reservations", &answer);
    }
}
