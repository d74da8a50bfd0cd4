package main

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const tableName = "network-policies"

// What the API server last told.
type known struct {
	pods       []*core.Pod
	namespaces []*core.Namespace
	policies   []*networking.NetworkPolicy
}

// The whole table. Each pod that a policy selects has a chain for the direction: it returns where a rule allows the packet,
// and refuses what is left. What the node itself sends does not come this way: a kubelet may always ask its pods.
func render(k known) string {
	chains := map[string][]string{}
	jumps := map[networking.PolicyType][]string{}
	for _, pod := range k.pods {
		if !reachable(pod) {
			continue
		}
		for _, direction := range []networking.PolicyType{networking.PolicyTypeIngress, networking.PolicyTypeEgress} {
			policies := k.policiesOf(pod, direction)
			if len(policies) == 0 {
				continue
			}
			name := strings.ToLower(string(direction)) + "_" + strings.ReplaceAll(pod.Status.PodIP, ".", "_")
			jumps[direction] = append(jumps[direction], pod.Status.PodIP+" : jump "+name)
			// A pod always reaches itself, also by way of its Service.
			rules := []string{fmt.Sprintf("ip saddr %s ip daddr %[1]s return", pod.Status.PodIP)}
			for _, policy := range policies {
				rules = append(rules, k.allowedBy(policy, pod, direction)...)
			}
			chains[name] = append(rules, "counter reject with icmpx type admin-prohibited")
		}
	}
	var out strings.Builder
	// Named once, it can be deleted whether or not it was there.
	fmt.Fprintf(&out, "table inet %s\ndelete table inet %[1]s\ntable inet %[1]s {\n", tableName)
	for _, name := range sorted(chains) {
		fmt.Fprintf(&out, "  chain %s {\n    %s\n  }\n", name, strings.Join(chains[name], "\n    "))
	}
	// After kube-proxy has put the pod's address in the place of its Service's.
	out.WriteString("  chain forward {\n    type filter hook forward priority filter - 1\n    ct state established,related accept\n")
	for _, end := range []struct {
		direction networking.PolicyType
		field     string
	}{{networking.PolicyTypeEgress, "saddr"}, {networking.PolicyTypeIngress, "daddr"}} {
		if found := jumps[end.direction]; len(found) > 0 {
			slices.Sort(found)
			fmt.Fprintf(&out, "    ip %s vmap { %s }\n", end.field, strings.Join(found, ", "))
		}
	}
	out.WriteString("  }\n}\n")
	return out.String()
}

// A pod with an address of its own.
func reachable(pod *core.Pod) bool {
	ended := pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed
	return pod.Status.PodIP != "" && !pod.Spec.HostNetwork && !ended
}

func (k known) policiesOf(pod *core.Pod, direction networking.PolicyType) []*networking.NetworkPolicy {
	var found []*networking.NetworkPolicy
	for _, policy := range k.policies {
		if policy.Namespace == pod.Namespace && slices.Contains(policy.Spec.PolicyTypes, direction) && matches(&policy.Spec.PodSelector, pod.Labels) {
			found = append(found, policy)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Name < found[j].Name })
	return found
}

// The rules of one policy for one pod that it selects.
func (k known) allowedBy(policy *networking.NetworkPolicy, pod *core.Pod, direction networking.PolicyType) []string {
	var rules []string
	if direction == networking.PolicyTypeIngress {
		for _, rule := range policy.Spec.Ingress {
			for _, from := range k.places(policy.Namespace, rule.From, "saddr") {
				rules = append(rules, portRules(from.match, rule.Ports, []*core.Pod{pod})...)
			}
		}
		return rules
	}
	for _, rule := range policy.Spec.Egress {
		for _, to := range k.places(policy.Namespace, rule.To, "daddr") {
			rules = append(rules, portRules(to.match, rule.Ports, to.pods)...)
		}
	}
	return rules
}

// The other end: how nftables matches it, and its pods where it is pods, by which ports are named.
type place struct {
	match string
	pods  []*core.Pod
}

func (k known) places(namespace string, peers []networking.NetworkPolicyPeer, field string) []place {
	if len(peers) == 0 {
		return []place{{match: "", pods: k.pods}}
	}
	var found []place
	var pods []*core.Pod
	for _, peer := range peers {
		if block := peer.IPBlock; block != nil {
			match := "ip " + field + " " + block.CIDR
			if len(block.Except) > 0 {
				match += fmt.Sprintf(" ip %s != { %s }", field, strings.Join(block.Except, ", "))
			}
			found = append(found, place{match: match})
			continue
		}
		for _, pod := range k.pods {
			if reachable(pod) && k.inNamespaces(peer.NamespaceSelector, namespace, pod) && (peer.PodSelector == nil || matches(peer.PodSelector, pod.Labels)) {
				pods = append(pods, pod)
			}
		}
	}
	if len(pods) > 0 {
		addresses := map[string][]string{}
		for _, pod := range pods {
			addresses[pod.Status.PodIP] = nil
		}
		match := fmt.Sprintf("ip %s { %s }", field, strings.Join(sorted(addresses), ", "))
		found = append(found, place{match: match, pods: pods})
	}
	return found
}

// Without a selector of namespaces a peer is of the policy's own.
func (k known) inNamespaces(selector *meta.LabelSelector, own string, pod *core.Pod) bool {
	if selector == nil {
		return pod.Namespace == own
	}
	for _, each := range k.namespaces {
		if each.Name == pod.Namespace {
			return matches(selector, each.Labels)
		}
	}
	return false
}

// One rule for each port, or one for all. A port by name is that of the containers of the pods that listen.
func portRules(match string, ports []networking.NetworkPolicyPort, listening []*core.Pod) []string {
	if len(ports) == 0 {
		return []string{strings.TrimSpace(match + " return")}
	}
	var rules []string
	for _, port := range ports {
		protocol := core.ProtocolTCP
		if port.Protocol != nil {
			protocol = *port.Protocol
		}
		allow := func(more string) {
			rules = append(rules, strings.TrimSpace(fmt.Sprintf("%s %s %s return", match, strings.ToLower(string(protocol)), more)))
		}
		switch {
		case port.Port == nil:
			allow("dport 0-65535")
		case port.Port.Type == intstr.Int && port.EndPort != nil:
			allow(fmt.Sprintf("dport %d-%d", port.Port.IntVal, *port.EndPort))
		case port.Port.Type == intstr.Int:
			allow(fmt.Sprintf("dport %d", port.Port.IntVal))
		default:
			for _, pod := range listening {
				for _, container := range pod.Spec.Containers {
					for _, named := range container.Ports {
						if named.Name == port.Port.StrVal && named.Protocol == protocol && reachable(pod) {
							rules = append(rules, strings.TrimSpace(fmt.Sprintf("%s ip daddr %s %s dport %d return",
								match, pod.Status.PodIP, strings.ToLower(string(protocol)), named.ContainerPort)))
						}
					}
				}
			}
		}
	}
	return rules
}

func matches(selector *meta.LabelSelector, of map[string]string) bool {
	parsed, err := meta.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(labels.Set(of))
}

func sorted(of map[string][]string) []string {
	var names []string
	for name := range of {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
