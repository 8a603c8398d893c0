//! VPC endpoints: those that routes lead to, and those that have interfaces.

use canreach_model::{GatewayEndpoint, RouteTarget, Span, VpcId};

use super::{
    super::{
        json::LeftOut,
        records::{Endpoint, EndpointKind, Records},
    },
    Builder,
    vpcs::placed,
};

const GONE_ENDPOINT: LeftOut = LeftOut {
    one: "deleted, failed or rejected VPC endpoint",
    several: "deleted, failed or rejected VPC endpoints",
    effect: "routes that lead there drop packets",
};

impl Builder<'_> {
    /// Makes every gateway endpoint that works, and notes what stands behind the interfaces of others.
    pub(super) fn endpoints(&mut self, endpoints: &Records<Endpoint>) {
        self.note_policies(endpoints);
        for (id, endpoint) in endpoints {
            let vpc = endpoint.vpc.as_ref().and_then(|vpc| self.keys.vpcs.get(vpc)).copied();
            match (&endpoint.kind, &endpoint.trouble, vpc) {
                (EndpointKind::Gateway, None, Some(vpc)) => {
                    let meta = placed(&endpoint.meta, &self.network.vpcs[vpc].meta);
                    let key = self.network.gateway_endpoints.push(GatewayEndpoint { meta, vpc });
                    self.keys.gateway_endpoints.insert(id.clone(), key);
                }
                (_, Some(_), _) if is_gone(endpoint) => {
                    self.keys.gone_endpoints.insert(id.clone());
                    self.left_out(&endpoint.meta, GONE_ENDPOINT);
                }
                (EndpointKind::Interface, None, _) => {}
                (
                    EndpointKind::Gateway | EndpointKind::Interface | EndpointKind::Other(_),
                    _,
                    _,
                ) => {
                    self.doubtful(id, endpoint);
                }
            }
        }
    }

    fn note_policies(&mut self, endpoints: &Records<Endpoint>) {
        let restricted = || endpoints.iter().filter(|(_, endpoint)| endpoint.restricted);
        let names: Vec<_> = restricted().map(|(id, _)| format!("`{id}`")).collect();
        if !names.is_empty() {
            let (noun, names) =
                (if names.len() == 1 { "policy" } else { "policies" }, names.join(", "));
            let statement = format!(
                "the {noun} of VPC endpoint {names}, about requests and not packets, stops nothing that is asked about"
            );
            let places = restricted().filter_map(|(_, endpoint)| endpoint.meta.origin.span());
            self.findings.assume(statement, places.collect());
        }
    }

    /// Notes an endpoint of which it is not known what it does with packets.
    fn doubtful(&mut self, id: &str, endpoint: &Endpoint) {
        let (what, settled_by) = match (&endpoint.kind, &endpoint.trouble) {
            (_, Some(state)) => (
                format!("VPC endpoint `{id}`, which is {state},"),
                format!("dump the VPC endpoints again when `{id}` is available"),
            ),
            (EndpointKind::Other(kind), None) => (
                format!("VPC endpoint `{id}` of type `{kind}`"),
                format!("what stands behind `{id}` is not modelled: follow it by hand"),
            ),
            (EndpointKind::Gateway | EndpointKind::Interface, None) => (
                format!("VPC endpoint `{id}`, whose VPC no answer describes,"),
                format!("give the answer of `aws ec2 describe-vpcs` for the VPC of `{id}`"),
            ),
        };
        let origin = endpoint.meta.origin.clone();
        let fact = self.fact(format!("{what} takes the packet and answers it"), settled_by, origin);
        self.keys.doubtful_endpoints.insert(id.to_owned(), fact);
        for interface in &endpoint.interfaces {
            self.keys.doubtful_interfaces.insert(interface.clone(), fact);
        }
        let effect = "whether it takes and answers a packet is an unresolved fact";
        self.unread(&endpoint.meta, what.trim_end_matches(',').to_owned(), effect);
    }

    /// Returns where a route to an endpoint leads.
    pub(super) fn endpoint_target(&mut self, id: &str, _vpc: VpcId, span: Span) -> RouteTarget {
        if let Some(key) = self.keys.gateway_endpoints.get(id) {
            return RouteTarget::GatewayEndpoint(*key);
        }
        if self.keys.gone_endpoints.contains(id) {
            return RouteTarget::Blackhole;
        }
        if let Some(fact) = self.keys.doubtful_endpoints.get(id) {
            return RouteTarget::Unresolved(*fact);
        }
        self.unresolved(
            format!("VPC endpoint `{id}`, which no answer describes, delivers the packet"),
            format!("give the answer of `aws ec2 describe-vpc-endpoints` for `{id}`"),
            span,
        )
    }
}

/// Whether nothing passes an endpoint for sure.
fn is_gone(endpoint: &Endpoint) -> bool {
    let state = endpoint.trouble.as_deref().unwrap_or_default().to_ascii_lowercase();
    matches!(&*state, "deleted" | "failed" | "rejected" | "expired")
}
