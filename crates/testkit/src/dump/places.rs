//! VPCs, subnets, peerings, gateways and public addresses.

use canreach_model::{NatPlacement, PeeringStatus, PublicAddressTarget, SubnetId, VpcId};
use canreach_net::IpNet;
use serde_json::{Value, json};

use super::{ACCOUNT, HOME, Writer, zone_name};

impl Writer<'_> {
    pub(super) fn places(&mut self) {
        for id in self.network.vpcs.ids() {
            self.vpc(id);
        }
        for id in self.network.subnets.ids() {
            self.subnet(id);
        }
        self.peerings();
        self.internet_gateways();
        self.nat_gateways();
        self.addresses();
    }

    fn vpc(&mut self, id: VpcId) {
        let vpc = &self.network.vpcs[id];
        let (v4, v6) = blocks(&vpc.cidrs);
        let answer = json!({
            "VpcId": vpc.meta.id,
            "OwnerId": ACCOUNT,
            "State": "available",
            "IsDefault": false,
            "CidrBlock": v4.first(),
            "CidrBlockAssociationSet": v4.iter().map(|block| json!({
                "AssociationId": format!("vpc-cidr-assoc-{}", block.len()),
                "CidrBlock": block,
                "CidrBlockState": { "State": "associated" },
            })).collect::<Vec<_>>(),
            "Ipv6CidrBlockAssociationSet": ipv6(&v6),
        });
        let region = self.region_of(id);
        self.add(&region, "Vpcs", &answer);
    }

    fn subnet(&mut self, id: SubnetId) {
        let subnet = &self.network.subnets[id];
        let (v4, v6) = blocks(&subnet.cidrs);
        let region = self.region_of(subnet.vpc);
        let zone = subnet.zone.as_deref().unwrap_or_default();
        let answer = json!({
            "SubnetId": subnet.meta.id,
            "SubnetArn": format!("arn:aws:ec2:{region}:{ACCOUNT}:subnet/{}", subnet.meta.id),
            "VpcId": self.network.vpcs[subnet.vpc].meta.id,
            "OwnerId": ACCOUNT,
            "State": "available",
            "AvailabilityZone": zone_name(&region, zone),
            "AvailabilityZoneId": zone,
            "CidrBlock": v4.first(),
            "Ipv6CidrBlockAssociationSet": ipv6(&v6),
        });
        self.add(&region, "Subnets", &answer);
    }

    fn peerings(&mut self) {
        for (_, peering) in self.network.peerings.iter() {
            let side = |vpc: VpcId| {
                json!({
                    "VpcId": self.network.vpcs[vpc].meta.id,
                    "OwnerId": ACCOUNT,
                    "Region": self.region_of(vpc),
                })
            };
            let code = match peering.status {
                PeeringStatus::Active => "active",
                PeeringStatus::PendingAcceptance => "pending-acceptance",
                PeeringStatus::Rejected => "rejected",
                PeeringStatus::Expired => "expired",
                PeeringStatus::Gone => "deleted",
            };
            let answer = json!({
                "VpcPeeringConnectionId": peering.meta.id,
                "RequesterVpcInfo": side(peering.requester),
                "AccepterVpcInfo": side(peering.accepter),
                "Status": { "Code": code, "Message": "" },
            });
            // Each side lists it.
            let mut regions = [peering.requester, peering.accepter].map(|vpc| self.region_of(vpc));
            regions.sort_unstable();
            let [first, second] = regions;
            if first != second {
                self.add(&second, "VpcPeeringConnections", &answer);
            }
            self.add(&first, "VpcPeeringConnections", &answer);
        }
    }

    fn internet_gateways(&mut self) {
        // Answers without any gateway say that there is none.
        let _ = self.answer(HOME, "InternetGateways");
        for (_, gateway) in self.network.internet_gateways.iter() {
            let region = gateway.vpc.map_or_else(|| HOME.to_owned(), |vpc| self.region_of(vpc));
            let state = if gateway.egress_only { "attached" } else { "available" };
            let attachments: Vec<Value> = gateway
                .vpc
                .iter()
                .map(|vpc| json!({ "State": state, "VpcId": self.network.vpcs[*vpc].meta.id }))
                .collect();
            let (kind, id) = if gateway.egress_only {
                ("EgressOnlyInternetGateways", "EgressOnlyInternetGatewayId")
            } else {
                ("InternetGateways", "InternetGatewayId")
            };
            let answer = json!({ id: gateway.meta.id, "Attachments": attachments });
            self.add(&region, kind, &answer);
        }
    }

    fn nat_gateways(&mut self) {
        for (_, gateway) in self.network.nat_gateways.iter() {
            let NatPlacement::Subnet(interface) = gateway.placement else { continue };
            let standing = &self.network.interfaces[interface];
            let addresses = standing.addresses.iter().enumerate().map(|(nth, address)| {
                let mut one = json!({
                    "NetworkInterfaceId": standing.meta.id,
                    "PrivateIp": address,
                    "IsPrimary": nth == 0,
                    "Status": "succeeded",
                });
                if let (Some((public, allocation)), Some(members)) =
                    (self.public_of(interface, *address), one.as_object_mut())
                {
                    members.insert("PublicIp".to_owned(), public.into());
                    members.insert("AllocationId".to_owned(), allocation.into());
                }
                one
            });
            let addresses: Vec<Value> = addresses.collect();
            let public = addresses.iter().any(|one| one.get("PublicIp").is_some());
            let answer = json!({
                "NatGatewayId": gateway.meta.id,
                "VpcId": self.network.vpcs[gateway.vpc].meta.id,
                "SubnetId": self.network.subnets[standing.subnet].meta.id,
                "State": "available",
                "ConnectivityType": if public { "public" } else { "private" },
                "NatGatewayAddresses": addresses,
            });
            let region = self.region_of(gateway.vpc);
            self.add(&region, "NatGateways", &answer);
        }
    }

    fn addresses(&mut self) {
        for (_, public) in self.network.public_addresses.iter() {
            let mut answer = json!({
                "PublicIp": public.address.to_string(),
                "AllocationId": public.meta.id,
                "Domain": "vpc",
            });
            let mut region = HOME.to_owned();
            if let Some(PublicAddressTarget::Interface { interface, address }) = public.target
                && let Some(members) = answer.as_object_mut()
            {
                region = self.region_of(self.network.vpc_of(interface));
                let id = self.network.interfaces[interface].meta.id.clone();
                members.insert("NetworkInterfaceId".to_owned(), id.into());
                members.insert("NetworkInterfaceOwnerId".to_owned(), ACCOUNT.into());
                members.insert("PrivateIpAddress".to_owned(), address.to_string().into());
                members.insert("AssociationId".to_owned(), "eipassoc-1".into());
            }
            self.add(&region, "Addresses", &answer);
        }
    }
}

/// Returns the IPv4 and the IPv6 blocks, as text.
fn blocks(cidrs: &[IpNet]) -> (Vec<String>, Vec<String>) {
    let text = |wanted: bool| {
        let blocks = cidrs.iter().filter(move |block| block.addr().is_ipv6() == wanted);
        blocks.map(ToString::to_string).collect()
    };
    (text(false), text(true))
}

fn ipv6(blocks: &[String]) -> Vec<Value> {
    let one = |block: &String| json!({ "Ipv6CidrBlock": block, "Ipv6CidrBlockState": { "State": "associated" } });
    blocks.iter().map(one).collect()
}
