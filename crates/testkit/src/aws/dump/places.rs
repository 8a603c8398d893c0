//! VPCs, subnets, interfaces, instances, gateways, public addresses and peerings.

use canreach_model::{
    InterfaceId, InterfaceOwner, NatPlacement, Network, PeeringStatus, PublicAddressTarget, VpcId,
};
use canreach_net::IpNet;
use serde_json::{Value, json};

use super::{ACCOUNT, REGION, id, v4, v6, zone_name};

pub(super) fn vpcs(network: &Network) -> Vec<Value> {
    let vpcs = network.vpcs.iter().map(|(_, vpc)| {
        let associated = |block: &IpNet| {
            json!({ "CidrBlock": block.to_string(), "CidrBlockState": { "State": "associated" } })
        };
        let associated_v6 = |block: &IpNet| {
            json!({ "Ipv6CidrBlock": block.to_string(), "Ipv6CidrBlockState": { "State": "associated" } })
        };
        json!({
            "VpcId": id(&vpc.meta), "OwnerId": ACCOUNT, "IsDefault": false, "State": "available",
            "CidrBlock": first_v4(&vpc.cidrs),
            "CidrBlockAssociationSet": of_v4(&vpc.cidrs).iter().map(associated).collect::<Vec<_>>(),
            "Ipv6CidrBlockAssociationSet":
                of_v6(&vpc.cidrs).iter().map(associated_v6).collect::<Vec<_>>(),
        })
    });
    vpcs.collect()
}

fn of_v4(blocks: &[IpNet]) -> Vec<IpNet> {
    blocks.iter().copied().filter(|block| block.addr().is_ipv4()).collect()
}

fn of_v6(blocks: &[IpNet]) -> Vec<IpNet> {
    blocks.iter().copied().filter(|block| block.addr().is_ipv6()).collect()
}

fn first_v4(blocks: &[IpNet]) -> Option<String> {
    of_v4(blocks).first().map(IpNet::to_string)
}

pub(super) fn subnets(network: &Network) -> Vec<Value> {
    let subnets = network.subnets.iter().map(|(_, subnet)| {
        let associated = |block: &IpNet| {
            json!({ "Ipv6CidrBlock": block.to_string(), "Ipv6CidrBlockState": { "State": "associated" } })
        };
        json!({
            "SubnetId": id(&subnet.meta), "VpcId": id(&network.vpcs[subnet.vpc].meta),
            "OwnerId": ACCOUNT, "CidrBlock": first_v4(&subnet.cidrs),
            "AvailabilityZone": zone_name(subnet.zone.as_deref()),
            "AvailabilityZoneId": subnet.zone.as_ref().map(|zone| format!("use1-{zone}")),
            "Ipv6CidrBlockAssociationSet":
                of_v6(&subnet.cidrs).iter().map(associated).collect::<Vec<_>>(),
        })
    });
    subnets.collect()
}

/// What an interface belongs to: its type, description and attachment.
fn plugged(network: &Network, interface: InterfaceId) -> (&'static str, String, Value) {
    match network.interfaces[interface].owner {
        InterfaceOwner::Instance(instance) => {
            let instance = id(&network.instances[instance].meta);
            let attachment =
                json!({ "InstanceId": instance, "DeviceIndex": 0, "Status": "attached" });
            ("interface", String::new(), attachment)
        }
        InterfaceOwner::NatGateway(gateway) => {
            let gateway = &network.nat_gateways[gateway].meta.id;
            let text = format!("Interface for NAT Gateway {gateway}");
            ("nat_gateway", text, json!({ "Status": "attached" }))
        }
        InterfaceOwner::LoadBalancer(balancer) => {
            let name = &network.load_balancers[balancer].meta.id;
            let text = format!("ELB net/{name}/{:016x}", balancer.index());
            ("network_load_balancer", text, json!({ "Status": "attached" }))
        }
        InterfaceOwner::Service | InterfaceOwner::Unmodelled(_) => {
            ("lambda", String::from("function"), json!({ "Status": "attached" }))
        }
        InterfaceOwner::Gateway => {
            ("transit_gateway", String::new(), json!({ "Status": "attached" }))
        }
        InterfaceOwner::Detached => ("interface", String::new(), Value::Null),
    }
}

fn public_of(network: &Network, wanted: InterfaceId, private: std::net::IpAddr) -> Option<Value> {
    let all = network.public_addresses.iter();
    let stands = |target: Option<PublicAddressTarget>| {
        target == Some(PublicAddressTarget::Interface { interface: wanted, address: private })
    };
    let found = all.into_iter().find(|(_, it)| stands(it.target));
    found.map(|(_, it)| json!({ "PublicIp": it.address, "AllocationId": id(&it.meta) }))
}

pub(super) fn interfaces(network: &Network) -> Vec<Value> {
    let interfaces = network.interfaces.iter().map(|(key, interface)| {
        let (kind, description, attachment) = plugged(network, key);
        let addresses = v4(&interface.addresses);
        let private: Vec<Value> = (addresses.iter().enumerate())
            .map(|(position, address)| {
                json!({
                    "PrivateIpAddress": address, "Primary": position == 0,
                    "Association": public_of(network, key, *address),
                })
            })
            .collect();
        let groups = interface.security_groups.iter();
        let subnet = &network.subnets[interface.subnet];
        json!({
            "NetworkInterfaceId": id(&interface.meta), "InterfaceType": kind,
            "Description": description, "Attachment": attachment,
            "SubnetId": id(&subnet.meta), "VpcId": id(&network.vpcs[subnet.vpc].meta),
            "AvailabilityZone": zone_name(subnet.zone.as_deref()), "OwnerId": ACCOUNT,
            "PrivateIpAddress": addresses.first(), "PrivateIpAddresses": private,
            "Ipv6Addresses": v6(&interface.addresses).iter()
                .map(|address| json!({ "Ipv6Address": address })).collect::<Vec<_>>(),
            "Groups": groups.map(|group| json!({ "GroupId": id(&network.security_groups[*group].meta) }))
                .collect::<Vec<_>>(),
            "SourceDestCheck": interface.source_dest_check, "Status": "in-use",
        })
    });
    interfaces.collect()
}

pub(super) fn reservations(network: &Network) -> Vec<Value> {
    let instances = network.instances.iter().map(|(key, instance)| {
        let own = network.interfaces.iter().find(|(it, _)| network.instance_of(*it) == Some(key));
        let own = own.map(|(_, interface)| interface);
        let subnet = own.map(|interface| &network.subnets[interface.subnet]);
        json!({ "Instances": [{
            "InstanceId": id(&instance.meta), "State": { "Name": "running" },
            "SubnetId": subnet.map(|subnet| id(&subnet.meta)),
            "VpcId": subnet.map(|subnet| id(&network.vpcs[subnet.vpc].meta)),
            "PrivateIpAddress": own.and_then(|interface| v4(&interface.addresses).first().copied()),
        }] })
    });
    instances.collect()
}

pub(super) fn internet_gateways(network: &Network, egress_only: bool) -> Vec<Value> {
    let all = network.internet_gateways.iter().map(|(_, it)| it);
    let key = if egress_only { "EgressOnlyInternetGatewayId" } else { "InternetGatewayId" };
    let gateways = all.filter(|it| it.egress_only == egress_only).map(|gateway| {
        let attached = |vpc: VpcId| {
            let state = if egress_only { "attached" } else { "available" };
            json!({ "VpcId": id(&network.vpcs[vpc].meta), "State": state })
        };
        json!({
            key: id(&gateway.meta),
            "Attachments": gateway.vpc.map(attached).into_iter().collect::<Vec<_>>(),
        })
    });
    gateways.collect()
}

pub(super) fn nat_gateways(network: &Network) -> Vec<Value> {
    let all = network.nat_gateways.iter().filter_map(|(_, gateway)| {
        let NatPlacement::Subnet(key) = gateway.placement else { return None };
        let interface = &network.interfaces[key];
        let subnet = &network.subnets[interface.subnet];
        let addresses = interface.addresses.iter().enumerate().map(|(position, address)| {
            let public = public_of(network, key, *address);
            json!({
                "NetworkInterfaceId": id(&interface.meta), "PrivateIp": address,
                "PublicIp": public.and_then(|it| it.get("PublicIp").cloned()),
                "IsPrimary": position == 0, "Status": "succeeded",
            })
        });
        let addresses: Vec<Value> = addresses.collect();
        let public = addresses.iter().any(|it| it.get("PublicIp").is_some_and(Value::is_string));
        Some(json!({
            "NatGatewayId": id(&gateway.meta), "SubnetId": id(&subnet.meta),
            "VpcId": id(&network.vpcs[subnet.vpc].meta), "State": "available",
            "ConnectivityType": if public { "public" } else { "private" },
            "NatGatewayAddresses": addresses,
        }))
    });
    all.collect()
}

pub(super) fn addresses(network: &Network) -> Vec<Value> {
    let all = network.public_addresses.iter().map(|(_, public)| {
        let mut answer = json!({
            "AllocationId": id(&public.meta), "PublicIp": public.address, "Domain": "vpc",
        });
        if let Some(PublicAddressTarget::Interface { interface, address }) = public.target
            && let Some(answer) = answer.as_object_mut()
        {
            let interface = id(&network.interfaces[interface].meta);
            answer.insert(String::from("NetworkInterfaceId"), interface);
            answer.insert(String::from("PrivateIpAddress"), json!(address));
        }
        answer
    });
    all.collect()
}

pub(super) fn peerings(network: &Network) -> Vec<Value> {
    let all = network.peerings.iter().map(|(_, peering)| {
        let side = |vpc: VpcId| {
            let vpc = &network.vpcs[vpc];
            json!({
                "VpcId": id(&vpc.meta), "OwnerId": ACCOUNT, "Region": REGION,
                "CidrBlock": first_v4(&vpc.cidrs),
            })
        };
        let code = match peering.status {
            PeeringStatus::Active => "active",
            PeeringStatus::PendingAcceptance => "pending-acceptance",
            PeeringStatus::Rejected => "rejected",
            PeeringStatus::Expired => "expired",
            PeeringStatus::Gone => "deleted",
        };
        json!({
            "VpcPeeringConnectionId": id(&peering.meta), "Status": { "Code": code },
            "RequesterVpcInfo": side(peering.requester), "AccepterVpcInfo": side(peering.accepter),
        })
    });
    all.collect()
}
