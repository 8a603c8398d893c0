# Asks AWS what canreach needs to know of a network, and writes the answers into a folder that
# canreach reads. It only reads: every call is a describe-*, get-*, list-* or search-*.
#
# One file is one answer: FOLDER/accounts/ACCOUNT/REGION/NAME.json. A call that fails leaves no
# file; it is written to FOLDER/collect.log, and the others go on. Keys that answers about VPN and
# Direct Connect hold are not asked for.
#
# Exit codes: 0 every call was answered, 2 nothing was collected or the folder cannot be written,
# 3 some calls failed.
set -u
umask 077

# Nothing may wait for a person, and a busy service is asked again.
AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off AWS_RETRY_MODE="${AWS_RETRY_MODE:-standard}"
AWS_MAX_ATTEMPTS="${AWS_MAX_ATTEMPTS:-8}"
export AWS_PAGER AWS_CLI_AUTO_PROMPT AWS_RETRY_MODE AWS_MAX_ATTEMPTS

out='' tmp='' profile='' account='' region='' folder=''
answers=0 failures=0 accounts=0

say() { printf 'canreach collect: %s\n' "$*" >&2; }

progress() { if [ -t 2 ]; then say "$*"; fi; }

give_up() {
    say "$*"
    exit 2
}

no_room() { give_up "cannot write into $out; what is there is not the whole answer"; }

# begin FOLDER: everything goes there, and nothing may be there yet.
begin() {
    out=$1
    case $out in -*) out=./$out ;; esac
    command -v aws >/dev/null 2>&1 || give_up 'there is no program aws; install the AWS CLI first'
    if [ -e "$out" ] && [ -n "$(ls -A "$out" 2>&1)" ]; then
        give_up "$out is there already and not empty; two dumps in one folder would be mixed up"
    fi
    mkdir -p "$out" || give_up "cannot make the folder $out"
    # Names that begin with a dot are not read.
    tmp=$out/.collect.$$
    trap 'rm -f "$tmp".*' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# run WORDS...: the AWS CLI, for the profile and region at hand. It pages by itself.
run() {
    if [ -n "$region" ]; then set -- --region "$region" "$@"; fi
    if [ -n "$profile" ]; then set -- --profile "$profile" "$@"; fi
    aws "$@" </dev/null
}

# failed WHY WORDS...: puts a call that failed on record.
failed() {
    why=$1
    shift
    failures=$((failures + 1))
    line="${account:-profile ${profile:-of the environment}} ${region:-no region}: aws $*: $why"
    line=$(printf '%s' "$line" | tr -s '\n ' '  ')
    say "failed: $line"
    printf '%s\n' "$line" >>"$out/collect.log"
}

# call WORDS...: leaves what the AWS CLI prints in $tmp.answer.
call() {
    progress "${account:-${profile:-who am I}} $region $*"
    if ! run "$@" >"$tmp.answer" 2>"$tmp.error"; then
        failed "$(tr -s '\r\n' '  ' <"$tmp.error")" "$@"
        return 1
    fi
}

# answer WORDS...: leaves one JSON object in $tmp.answer.
answer() {
    call "$@" --output json || return 1
    first=''
    IFS= read -r first <"$tmp.answer"
    case $first in
        '{'*) ;;
        *) failed 'printed no JSON object' "$@"; return 1 ;;
    esac
    case $(tail -n 1 "$tmp.answer") in
        *'}') ;;
        *) failed 'printed half an answer' "$@"; return 1 ;;
    esac
    if ! grep -q '"' "$tmp.answer"; then
        failed 'printed an empty answer' "$@"
        return 1
    fi
}

# ids LIST QUERY WORDS...: leaves ids in $tmp.LIST, one in each line.
ids() {
    list=$1 query=$2
    shift 2
    : >"$tmp.$list"
    call "$@" --query "$query" --output text || return 1
    tr '\t\r' '[\n*]' <"$tmp.answer" | grep -v -e '^$' -e '^None$' >"$tmp.$list"
    return 0
}

# keep NAME: makes $tmp.new the file NAME.json, as a whole or not at all.
keep() {
    name=$(printf '%s' "$1" | tr -c 'A-Za-z0-9._-' '_')
    while [ -e "$folder/$name.json" ]; do name=${name}_; done
    mv "$tmp.new" "$folder/$name.json" || no_room
    answers=$((answers + 1))
}

# plain NAME WORDS...: keeps the answer as it is.
plain() {
    name=$1
    shift
    answer "$@" || return 1
    mv "$tmp.answer" "$tmp.new" || no_room
    keep "$name"
}

# quoted TEXT: TEXT as a string of JSON.
quoted() { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"; }

# members: the members of the answer, with the brace that closes it.
members() { sed '1s/^{//' "$tmp.answer"; }

# beside NAME MEMBER ID WORDS...: keeps the answer with {"MEMBER": "ID"} added to it.
beside() {
    name=$1 member=$2 id=$3
    shift 3
    answer "$@" || return 1
    {
        printf '{"%s": ' "$member" && quoted "$id" && printf ',' && members
    } >"$tmp.new" || no_room
    keep "$name.$id"
}

# wrapped KEY MEMBER ID WORDS...: keeps {"KEY": [{"MEMBER": "ID", and the answer's members}]}.
wrapped() {
    key=$1 member=$2 id=$3
    shift 3
    answer "$@" || return 1
    {
        printf '{"%s": [{"%s": ' "$key" "$member" && quoted "$id" && printf ',' && members &&
            printf ']}\n'
    } >"$tmp.new" || no_room
    keep "$key.$id"
}

# inside KEY ID WORDS...: keeps {"KEY": [answer]}.
inside() {
    key=$1 id=$2
    shift 2
    answer "$@" || return 1
    { printf '{"%s": [' "$key" && cat "$tmp.answer" && printf ']}\n'; } >"$tmp.new" || no_room
    keep "$key.$id"
}

vpcs() {
    plain AvailabilityZones ec2 describe-availability-zones
    plain Vpcs ec2 describe-vpcs
    plain Subnets ec2 describe-subnets
    plain NetworkInterfaces ec2 describe-network-interfaces
    plain Reservations ec2 describe-instances
    plain SecurityGroups ec2 describe-security-groups
    plain SecurityGroupRules ec2 describe-security-group-rules
    plain NetworkAcls ec2 describe-network-acls
    plain RouteTables ec2 describe-route-tables
    plain InternetGateways ec2 describe-internet-gateways
    plain EgressOnlyInternetGateways ec2 describe-egress-only-internet-gateways
    plain NatGateways ec2 describe-nat-gateways
    plain Addresses ec2 describe-addresses
    plain VpcPeeringConnections ec2 describe-vpc-peering-connections
    plain VpcEndpoints ec2 describe-vpc-endpoints
    plain CarrierGateways ec2 describe-carrier-gateways
    plain LocalGateways ec2 describe-local-gateways
    plain VpcBlockPublicAccessOptions ec2 describe-vpc-block-public-access-options
    plain VpcBlockPublicAccessExclusions ec2 describe-vpc-block-public-access-exclusions
}

prefix_lists() {
    plain PrefixLists ec2 describe-prefix-lists
    plain ManagedPrefixLists ec2 describe-managed-prefix-lists || return
    ids lists 'PrefixLists[].PrefixListId' ec2 describe-managed-prefix-lists || return
    while IFS= read -r one; do
        beside PrefixListEntries PrefixListId "$one" \
            ec2 get-managed-prefix-list-entries --prefix-list-id "$one"
    done <"$tmp.lists"
}

# VPN connections hold pre-shared keys, and virtual interfaces authentication keys: only what is
# named here is kept of them.
connections() {
    plain VpnGateways ec2 describe-vpn-gateways
    plain CustomerGateways ec2 describe-customer-gateways
    plain VpnConnections ec2 describe-vpn-connections --query '{VpnConnections: VpnConnections[].{
        VpnConnectionId: VpnConnectionId, State: State, Type: Type, Category: Category,
        VpnGatewayId: VpnGatewayId, TransitGatewayId: TransitGatewayId,
        CustomerGatewayId: CustomerGatewayId, CoreNetworkArn: CoreNetworkArn,
        Options: {StaticRoutesOnly: Options.StaticRoutesOnly,
            LocalIpv4NetworkCidr: Options.LocalIpv4NetworkCidr,
            RemoteIpv4NetworkCidr: Options.RemoteIpv4NetworkCidr},
        Routes: Routes, VgwTelemetry: VgwTelemetry, Tags: Tags}}'
    plain virtualInterfaces directconnect describe-virtual-interfaces \
        --query '{virtualInterfaces: virtualInterfaces[].{virtualInterfaceId: virtualInterfaceId,
        virtualInterfaceName: virtualInterfaceName, virtualInterfaceType: virtualInterfaceType,
        virtualInterfaceState: virtualInterfaceState, connectionId: connectionId,
        ownerAccount: ownerAccount, region: region, virtualGatewayId: virtualGatewayId,
        directConnectGatewayId: directConnectGatewayId, routeFilterPrefixes: routeFilterPrefixes,
        bgpPeers: bgpPeers[].{bgpPeerId: bgpPeerId, addressFamily: addressFamily,
            bgpPeerState: bgpPeerState, bgpStatus: bgpStatus}}}'
}

transit_gateways() {
    plain TransitGateways ec2 describe-transit-gateways
    plain TransitGatewayAttachments ec2 describe-transit-gateway-attachments
    plain TransitGatewayVpcAttachments ec2 describe-transit-gateway-vpc-attachments
    plain TransitGatewayPeeringAttachments ec2 describe-transit-gateway-peering-attachments
    plain TransitGatewayConnects ec2 describe-transit-gateway-connects
    plain TransitGatewayPolicyTables ec2 describe-transit-gateway-policy-tables
    plain TransitGatewayMulticastDomains ec2 describe-transit-gateway-multicast-domains
    plain TransitGatewayRouteTables ec2 describe-transit-gateway-route-tables || return
    ids tables 'TransitGatewayRouteTables[].TransitGatewayRouteTableId' \
        ec2 describe-transit-gateway-route-tables || return
    while IFS= read -r table; do
        wrapped TransitGatewayAssociations TransitGatewayRouteTableId "$table" \
            ec2 get-transit-gateway-route-table-associations \
            --transit-gateway-route-table-id "$table"
        wrapped TransitGatewayPropagations TransitGatewayRouteTableId "$table" \
            ec2 get-transit-gateway-route-table-propagations \
            --transit-gateway-route-table-id "$table"
        beside TransitGatewayPrefixListReferences TransitGatewayRouteTableId "$table" \
            ec2 get-transit-gateway-prefix-list-references \
            --transit-gateway-route-table-id "$table"
        transit_routes "$table"
    done <"$tmp.tables"
}

# transit_routes TABLE: keeps all the routes of a table in one file, or none of them. One search
# finds 1,000 routes at most; where more are there, it is taken apart.
transit_routes() {
    printf '{"TransitGatewayStaticRoutes": [' >"$tmp.new" || no_room
    between=''
    for kind in static propagated; do
        search "$1" "Name=type,Values=$kind" || return 1
        if ! grep -q '"AdditionalRoutesAvailable": *true' "$tmp.answer"; then
            add_routes "$1"
            continue
        fi
        for state in active blackhole; do
            search "$1" "Name=type,Values=$kind" "Name=state,Values=$state" || return 1
            add_routes "$1"
        done
    done
    printf ']}\n' >>"$tmp.new" || no_room
    keep "TransitGatewayRoutes.$1"
}

# search TABLE FILTERS...: leaves the routes of a table in $tmp.answer.
search() {
    table=$1
    shift
    answer ec2 search-transit-gateway-routes --transit-gateway-route-table-id "$table" --filters "$@"
}

# add_routes TABLE: adds the answer to the routes of the table in $tmp.new.
add_routes() {
    {
        printf '%s{"TransitGatewayRouteTableId": ' "$between" && quoted "$1" && printf ',' && members
    } >>"$tmp.new" || no_room
    between=,
}

load_balancers() {
    plain ClassicLoadBalancers elb describe-load-balancers
    plain LoadBalancers elbv2 describe-load-balancers || return
    ids balancers 'LoadBalancers[].LoadBalancerArn' elbv2 describe-load-balancers || return
    while IFS= read -r arn; do
        wrapped LoadBalancerAttributes LoadBalancerArn "$arn" \
            elbv2 describe-load-balancer-attributes --load-balancer-arn "$arn"
        wrapped LoadBalancerListeners LoadBalancerArn "$arn" \
            elbv2 describe-listeners --load-balancer-arn "$arn"
    done <"$tmp.balancers"
    ids applications "LoadBalancers[?Type=='application'].LoadBalancerArn" \
        elbv2 describe-load-balancers || return
    while IFS= read -r arn; do
        ids listeners 'Listeners[].ListenerArn' \
            elbv2 describe-listeners --load-balancer-arn "$arn" || continue
        while IFS= read -r listener; do
            wrapped ListenerRules ListenerArn "$listener" \
                elbv2 describe-rules --listener-arn "$listener"
        done <"$tmp.listeners"
    done <"$tmp.applications"
}

target_groups() {
    plain TargetGroups elbv2 describe-target-groups || return
    ids groups 'TargetGroups[].TargetGroupArn' elbv2 describe-target-groups || return
    while IFS= read -r arn; do
        wrapped TargetGroupAttributes TargetGroupArn "$arn" \
            elbv2 describe-target-group-attributes --target-group-arn "$arn"
        wrapped LoadBalancerTargetHealth TargetGroupArn "$arn" \
            elbv2 describe-target-health --target-group-arn "$arn"
    done <"$tmp.groups"
}

# What has interfaces, or filters, without being part of EC2.
services() {
    plain DBInstances rds describe-db-instances
    if ids domains 'DomainNames[].DomainName' opensearch list-domain-names; then
        while IFS= read -r one; do
            plain "DomainStatusList.$one" opensearch describe-domains --domain-names "$one"
        done <"$tmp.domains"
    fi
    ids firewalls 'Firewalls[].FirewallArn' network-firewall list-firewalls || return
    while IFS= read -r arn; do
        inside Firewalls "$arn" network-firewall describe-firewall --firewall-arn "$arn"
    done <"$tmp.firewalls"
}

# What an account has once, and not in each region. Any region answers about Direct Connect
# gateways; Network Manager lives in one region of each partition.
global() {
    folder=$out/accounts/$account/global
    mkdir -p "$folder" || give_up "cannot make the folder $folder"
    if plain directConnectGateways directconnect describe-direct-connect-gateways &&
        ids gateways 'directConnectGateways[].directConnectGatewayId' \
            directconnect describe-direct-connect-gateways; then
        while IFS= read -r one; do
            plain "directConnectGatewayAssociations.$one" directconnect \
                describe-direct-connect-gateway-associations --direct-connect-gateway-id "$one"
            plain "directConnectGatewayAttachments.$one" directconnect \
                describe-direct-connect-gateway-attachments --direct-connect-gateway-id "$one"
        done <"$tmp.gateways"
    fi
    case $region in
        cn-* | us-iso* | eu-isoe-* | eusc-*) return ;;
        us-gov-*) region=us-gov-west-1 ;;
        *) region=us-west-2 ;;
    esac
    plain CoreNetworks networkmanager list-core-networks
}

# account PROFILE REGIONS...: the account of a profile, or of the environment where PROFILE is
# empty; in every region that is enabled where none is named.
account() {
    profile=$1 account='' region=${2:-}
    shift
    ids account Account sts get-caller-identity || return
    IFS= read -r account <"$tmp.account"
    case $account in
        '' | *[!0-9]*)
            account=''
            failed 'printed no account' sts get-caller-identity
            return
            ;;
    esac
    if [ -e "$out/accounts/$account" ]; then
        say "profile $profile is account $account, which is collected already"
        return
    fi
    if [ $# -gt 0 ]; then
        printf '%s\n' "$@" >"$tmp.regions"
    else
        ids regions 'Regions[].RegionName' ec2 describe-regions || return
    fi
    accounts=$((accounts + 1))
    IFS= read -r region <"$tmp.regions"
    global
    while IFS= read -r region; do
        folder=$out/accounts/$account/$region
        mkdir -p "$folder" || give_up "cannot make the folder $folder"
        vpcs
        prefix_lists
        transit_gateways
        connections
        load_balancers
        target_groups
        services
    done <"$tmp.regions"
}

# finish: says what was collected, and what was not.
finish() {
    if [ "$answers" -eq 0 ]; then give_up 'nothing was collected'; fi
    printf 'collected %s answers about %s account(s) into %s\n' "$answers" "$accounts" "$out"
    if [ "$failures" -gt 0 ]; then
        say "$failures calls failed, listed in $out/collect.log; what they would have told is missing"
        exit 3
    fi
    exit 0
}
