//! Peerings and Internet gateways.

use std::collections::BTreeSet;

use canreach_model::{InternetGateway, Peering, PeeringStatus};

use super::{
    super::records::{self, Records, Target},
    Builder, HalfPeering, belonging,
};

impl Builder<'_> {
    /// Makes every peering of which both sides are described. One that is gone, and to which no
    /// route leads, is left out.
    pub(super) fn peerings(
        &mut self,
        peerings: &Records<records::Peering>,
        tables: &Records<records::RouteTable>,
    ) {
        let targets =
            tables.values().flat_map(|table| &table.routes).map(|(route, _)| &route.target);
        let routed: BTreeSet<&str> = targets
            .filter_map(|target| match target {
                Target::Peering(id) => Some(id.as_str()),
                Target::Local
                | Target::InternetGateway(_)
                | Target::NatGateway(_)
                | Target::Other(..) => None,
            })
            .collect();
        for (id, peering) in peerings {
            if peering.status == Some(PeeringStatus::Gone) && !routed.contains(id.as_str()) {
                let what = format!("peering `{id}`, which is deleted or failed");
                self.unread(&peering.meta, what, "no route leads to it; it takes no part");
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
            let made = Peering { meta, requester, accepter, status };
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
}
