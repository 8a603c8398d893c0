//! Peerings and Internet gateways.

use std::collections::BTreeSet;

use canreach_model::{
    ImpliedBy, InternetGateway, Meta, Origin, Peering, PeeringStatus, Route, RouteTable,
    RouteTarget, VpcId,
};
use canreach_net::Family;

use super::{
    super::{
        json::LeftOut,
        keys::Kind,
        records::{self, Records, Target},
    },
    Builder, HalfPeering, belonging,
    vpcs::placed,
};

const GONE_PEERING: LeftOut = LeftOut {
    one: "deleted or failed peering",
    several: "deleted or failed peerings",
    effect: "no route leads there",
};

impl Builder<'_> {
    /// Makes every peering of which both sides are described. One that is gone, and to which no
    /// route leads, is left out.
    pub(super) fn peerings(
        &mut self,
        peerings: &Records<records::Peering>,
        tables: &Records<records::RouteTable>,
    ) {
        let mut routed = BTreeSet::new();
        for (route, _) in tables.values().flat_map(|table| &table.routes) {
            if let Target::Peering(id) = &route.target {
                routed.insert(id.as_str());
            }
        }
        for (id, peering) in peerings {
            if peering.status == Some(PeeringStatus::Gone) && !routed.contains(id.as_str()) {
                self.left_out(&peering.meta, GONE_PEERING);
                continue;
            }
            self.peering(id, peering);
        }
    }

    fn peering(&mut self, id: &str, peering: &records::Peering) {
        let side = |side: &records::Side| self.keys.vpcs.get(&side.vpc).copied();
        let (requester, accepter) = (side(&peering.requester), side(&peering.accepter));
        if let (Some(requester), Some(accepter), Some(status)) =
            (requester, accepter, peering.status)
        {
            let meta = peering.meta.clone();
            let made = Peering { meta, requester, accepter, status, firewall: None };
            let key = self.network.peerings.push(made);
            self.keys.peerings.insert(id.to_owned(), key);
            return;
        }
        let missing = match (requester, accepter) {
            (None, _) => format!("`{}`", peering.requester.vpc),
            (_, None) => format!("`{}`", peering.accepter.vpc),
            (Some(_), Some(_)) => String::from("the status"),
        };
        let inactive = peering.status.is_some_and(|status| status != PeeringStatus::Active);
        let what = format!("peering `{id}`, of which {missing} is not known");
        let effect = if inactive {
            "it is not active, so that routes to it drop packets"
        } else {
            "routes to it are unresolved facts"
        };
        self.unread(&peering.meta, what, effect);
        self.keys.half_peerings.insert(id.to_owned(), HalfPeering { inactive, missing });
    }

    pub(super) fn internet_gateways(
        &mut self,
        gateways: Records<records::InternetGateway>,
        tables: &Records<records::RouteTable>,
    ) {
        let table_of = belonging(tables, |table| &table.gateways);
        for (id, gateway) in gateways {
            let vpc = gateway.vpc.as_ref().and_then(|vpc| self.keys.vpcs.get(vpc)).copied();
            if vpc.is_none() {
                let what =
                    format!("Internet gateway `{id}`, which is attached to no VPC described");
                self.unread(&gateway.meta, what, "nothing passes through it");
            }
            let route_table = table_of.owners.get(id.as_str());
            let route_table =
                route_table.and_then(|table| self.keys.route_tables.get(*table)).copied();
            let meta = self.in_vpc(&gateway.meta, gateway.vpc.as_ref());
            let egress_only = gateway.egress_only;
            let made = InternetGateway { meta, vpc, egress_only, route_table };
            let key = self.network.internet_gateways.push(made);
            self.keys.internet_gateways.insert(id, key);
        }
    }
    /// Gives a VPC that may have an Internet gateway which no answer describes one that lets packets
    /// in if a fact holds; without it, what comes from the Internet would seem proved to stay out.
    pub(super) fn undescribed_internet_gateways(&mut self, tables: &Records<records::RouteTable>) {
        let listed = self.given.contains(&Kind::InternetGateways);
        let vpcs: Vec<(String, VpcId)> =
            self.keys.vpcs.iter().map(|(id, key)| (id.clone(), *key)).collect();
        for (id, vpc) in vpcs {
            let of_vpc = || tables.values().filter(|table| table.vpc == id);
            let mut routes = of_vpc().flat_map(|table| &table.routes);
            let missing = routes.any(|(route, _)| {
                let Target::InternetGateway(gateway) = &route.target else { return false };
                gateway.starts_with("igw-") && !self.keys.internet_gateways.contains_key(gateway)
            });
            let described = self
                .network
                .internet_gateways
                .iter()
                .any(|(_, gateway)| gateway.vpc == Some(vpc) && !gateway.egress_only);
            if !described && (!listed || missing || of_vpc().next().is_none()) {
                self.undescribed_internet_gateway(&id, vpc);
            }
        }
    }

    fn undescribed_internet_gateway(&mut self, id: &str, vpc: VpcId) {
        let fact = self.fact(
            format!("an Internet gateway of `{id}`, which no answer describes, lets the packet in"),
            String::from("give the answer of `aws ec2 describe-internet-gateways`"),
            self.network.vpcs[vpc].meta.origin.clone(),
        );
        let implied = Origin::Implied(ImpliedBy::MissingInput);
        let name = format!("{id}/undescribed-internet-gateway");
        let route = |family: Family| Route {
            destination: family.everywhere(),
            target: RouteTarget::Unresolved(fact),
            origin: implied.clone(),
        };
        let routes = Family::BOTH.map(route).to_vec();
        let meta = placed(&Meta::new(name, implied.clone()), &self.network.vpcs[vpc].meta);
        let table = RouteTable { meta: meta.clone(), vpc, routes };
        let route_table = Some(self.network.route_tables.push(table));
        let gateway = InternetGateway { meta, vpc: Some(vpc), egress_only: false, route_table };
        self.network.internet_gateways.push(gateway);
    }
}
