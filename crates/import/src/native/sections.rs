//! Reading the sections of firewalls, of what lies beyond a VPC, and of what answers for others.

use super::{
    balancers, cloud_firewalls,
    fields::{Fields, Reader},
    transit,
    written::Written,
};

impl Reader<'_> {
    /// Reads them into what a file says.
    pub(super) fn further_sections(&mut self, fields: &Fields<'_>, written: &mut Written) {
        written.cloud_firewalls = self.section(
            fields,
            "cloud_firewalls",
            &cloud_firewalls::CLOUD_FIREWALL,
            Self::cloud_firewall,
        );
        written.transit_gateways = self.section(
            fields,
            "transit_gateways",
            &transit::TRANSIT_GATEWAY,
            Self::transit_gateway,
        );
        written.transit_attachments = self.section(
            fields,
            "transit_attachments",
            &transit::TRANSIT_ATTACHMENT,
            Self::transit_attachment,
        );
        written.transit_route_tables = self.section(
            fields,
            "transit_route_tables",
            &transit::TRANSIT_ROUTE_TABLE,
            Self::transit_route_table,
        );
        written.connections =
            self.section(fields, "connections", &transit::CONNECTION, Self::connection);
        written.remote_networks =
            self.section(fields, "remote_networks", &transit::REMOTE_NETWORK, Self::remote_network);
        written.load_balancers =
            self.section(fields, "load_balancers", &balancers::LOAD_BALANCER, Self::load_balancer);
        written.virtual_addresses = self.section(
            fields,
            "virtual_addresses",
            &balancers::VIRTUAL_ADDRESS,
            Self::virtual_address,
        );
        written.gateway_endpoints = self.section(
            fields,
            "gateway_endpoints",
            &balancers::GATEWAY_ENDPOINT,
            Self::gateway_endpoint,
        );
        written.endpoints = self.section(fields, "endpoints", &balancers::ENDPOINT, Self::endpoint);
    }
}
