package outbound

import (
	"net/netip"
	"testing"
)

func TestGate(t *testing.T) {
	t.Parallel()
	cluster := gate{networks: prefixes("10.96.0.0/12", "64:ff9b::/96")}
	tests := []struct {
		addr    string
		gate    gate
		permits bool
	}{
		{"8.8.8.8", gate{}, true},
		{"::ffff:8.8.8.8", gate{}, true},
		{"2606:4700::1111", gate{}, true},
		{"2600::1", gate{}, true},
		{"100.63.255.255", gate{}, true},
		{"100.128.0.1", gate{}, true},
		{"172.15.255.255", gate{}, true},
		{"172.32.0.1", gate{}, true},
		{"223.255.255.255", gate{}, true},
		{"168.63.129.15", gate{}, true},

		{"127.0.0.1", gate{}, false},
		{"::ffff:127.0.0.1", gate{}, false},
		{"10.0.0.1", gate{}, false},
		{"168.63.129.16", gate{}, false},
		{"2001:0:7f00:1::", gate{}, false},
		{"64:ff9b::808:808", gate{}, false},
		{"::8.8.8.8", gate{}, false},
		{"fe80::1%lo", gate{}, false},

		{"127.0.0.1", gate{internal: true}, true},
		{"::1", gate{internal: true}, true},
		{"10.0.0.1", gate{internal: true}, true},
		{"100.64.0.1", gate{internal: true}, true},
		{"fd12::1", gate{internal: true}, true},
		{"169.254.169.254", gate{internal: true}, false},
		{"100.100.100.200", gate{internal: true}, false},
		{"fd00:ec2::254", gate{internal: true}, false},
		{"fe80::1", gate{internal: true}, false},
		{"0.0.0.0", gate{internal: true}, false},
		{"224.0.0.1", gate{internal: true}, false},
		{"::", gate{internal: true}, false},
		{"64:ff9b::a00:1", gate{internal: true}, false},

		{"10.96.0.10", cluster, true},
		{"::ffff:10.96.0.10", cluster, true},
		{"10.0.0.1", cluster, false},
		{"64:ff9b::808:808", cluster, true},
		{"64:ff9b::7f00:1", cluster, false},
		{"64:ff9b::a9fe:a9fe", cluster, false},
		{"64:ff9b:1::808:808", cluster, false},
	}
	for _, tt := range tests {
		if got := tt.gate.permits(netip.MustParseAddr(tt.addr)); got != tt.permits {
			t.Errorf("%s with %+v: %t, want %t", tt.addr, tt.gate, got, tt.permits)
		}
	}
}

func TestControlRefusesWhatItCantRead(t *testing.T) {
	t.Parallel()
	open := gate{networks: prefixes("0.0.0.0/0", "::/0")}
	if err := open.control(t.Context(), "tcp4", "127.0.0.1:80", nil); err != nil {
		t.Error(err)
	}
	for _, bad := range [][2]string{{"unix", "/run/x.sock"}, {"udp4", "127.0.0.1:80"}, {"tcp4", "localhost:80"}, {"tcp4", ""}} {
		if err := open.control(t.Context(), bad[0], bad[1], nil); err == nil {
			t.Errorf("%s %q passed", bad[0], bad[1])
		}
	}
}
