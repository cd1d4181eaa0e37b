package corpus

import (
	"fmt"
	"strings"
)

var networkGroups = []group{
	{name: "ipv4", pos: func(r *rng) string {
		return strings.ReplaceAll(draw(r, ipTexts), "§", is("IPv4", ipv4(r)))
	}, near: func(r *rng) string {
		v := draw(r, []func(*rng) string{
			func(r *rng) string { return "127.0.0." + r.shape("1") },
			func(r *rng) string {
				return r.pick("0.0.0.0", "255.255.255.0", "255.255.255.255", "224.0.0.251", "169.254.169.254", "8.8.8.8", "1.1.1.1")
			},
			func(r *rng) string { return r.pick("192.0.2.", "198.51.100.", "203.0.113.") + r.shape("1") },
			func(r *rng) string { return r.shape("1.9.9.9") + "-beta" },
			func(r *rng) string { return "v" + r.shape("1.99.1.9") },
			func(r *rng) string { return r.shape("1.3.6.1.4.1.1999.9.1") },
			func(r *rng) string { return pad(r.between(256, 999), 3) + r.shape(".1.19.19") },
			func(r *rng) string { return r.shape("1.9.9.9.1") },
			func(r *rng) string { return "version " + r.shape("1.9.1999.19") },
			func(r *rng) string { return r.shape("19.04.1.9ubuntu1") },
		})(r)
		return strings.ReplaceAll(draw(r, []string{"listening on §", "Loaded driver §", "using § now", "package § installed", "dns §", "mask §", "\"§\"", "oid § = 3"}), "§", not("IPv4", v))
	}},
	{name: "ipv6", pos: func(r *rng) string {
		return strings.ReplaceAll(draw(r, ipTexts), "§", is("IPv6", ipv6(r)))
	}, near: func(r *rng) string {
		v := draw(r, []func(*rng) string{
			func(r *rng) string { return "::1" },
			func(r *rng) string { return r.shape("19:95:95") },
			func(r *rng) string { return "2001:db8::" + r.hex(4) },
			func(r *rng) string { return "0x0000000000000000:0x" + r.hex(16) },
			func(r *rng) string { return "std::vector" },
			func(r *rng) string { return r.shape("hh:hh:hh:hh:hh:hh:hh:hh") },
			func(r *rng) string { return "fe80::" },
			func(r *rng) string { return "ff02::1" },
			func(r *rng) string { return r.pick("Foo::Bar", "add::feed", "be::ef", "a::b") },
		})(r)
		return strings.ReplaceAll(draw(r, []string{"took §", "port guid §", "at §", "reached §", "in §()"}), "§", not("IPv6", v))
	}},
	{name: "mac", pos: func(r *rng) string {
		o := r.of("048c", 1)
		m := r.of(hexChars, 1) + o + r.shape(":hh:hh:hh:hh:hh")
		switch r.IntN(4) {
		case 0:
			m = strings.ReplaceAll(m, ":", "-")
		case 1:
			m = strings.ToUpper(m)
		case 2:
			if r.one(2) {
				h := strings.ReplaceAll(m, ":", "")
				m = h[:4] + "." + h[4:8] + "." + h[8:]
			}
		}
		return strings.ReplaceAll(draw(r, []string{"link/ether § brd ff:ff:ff:ff:ff:ff", "DHCPACK on 192.0.2.4 to § via eth0", "mac=§", "{\"mac\":\"§\"}", "device § joined", "§", "hwaddr §,", "Physical Address. . . : §", "arp who-has tell §"}), "§", is("MacAddress", m))
	}, near: func(r *rng) string {
		v := draw(r, []func(*rng) string{
			func(r *rng) string { return "ff:ff:ff:ff:ff:ff" },
			func(r *rng) string { return "01:00:5e" + r.shape(":hh:hh:hh") },
			func(r *rng) string { return r.shape("hh:hh:hh:hh:hh") },
			func(r *rng) string { return r.shape("hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh") },
			func(r *rng) string { return "00:00:00:00:00:00" },
			func(r *rng) string { return r.shape("0000:hh:19.9") },
			func(r *rng) string { return r.shape("hh:hh:hh:hh:hh:hg") },
		})(r)
		return strings.ReplaceAll(draw(r, []string{"fingerprint §", "pci §", "seen §", "dst §"}), "§", not("MacAddress", v))
	}},
	{name: "host", pos: func(r *rng) string {
		internal := draw(r, words) + r.pick("", "-"+r.digits(2)) + r.pick(".corp.", ".", ".prod.") + draw(r, words) + r.pick(".internal", ".local", ".lan", ".corp", ".intranet", ".svc.cluster.local")
		if r.one(2) {
			return strings.ReplaceAll(draw(r, []string{"connect to §:5432 failed", "lookup §: no such host", "https://§/health", "ssh §", "from § by relay", "upstream § is down", "host=§"}), "§", is("Hostname", internal))
		}
		short := r.pick("db", "web", "app", "node", "srv", "k8s-worker", "mail", "nas") + r.pick("", "-") + r.digits(2)
		return strings.ReplaceAll(draw(r, []string{"host=§ port=5432", "\"hostname\": \"§\"", "hostname: §", "Workstation Name:\t§", "Computer: §", "server=§;database=x", "nodeName: §"}), "§", is("Hostname", short))
	}, near: func(r *rng) string {
		v := r.pick("localhost", "github.com", "registry.npmjs.org", "main.go", "java.lang.String", "com.example.app", "config.local.yaml", "index.html", "org.apache.hadoop.hdfs",
			"deb.debian.org", "example.com", "system.local.start", "pypi.org", "www.google.com", "node.js", "libc.so.6", "foo.internal.bar()", "kube-system", "proxy.golang.org")
		return strings.ReplaceAll(draw(r, []string{"at §", "fetch §", "load §", "GET https://§/ 200", "using §"}), "§", not("Hostname", v))
	}},
}

var ipTexts = []string{
	"connection from § refused", "client=§ status=200", "{\"remote_addr\":\"§\",\"ms\":4}", "§ - - [10/Mar/2025:13:55:36 +0000] \"GET / HTTP/1.1\" 200 512", "route to § via eth1",
	"ping §: timeout", "§", "src=§, dst=192.0.2.1", "allow §/32", "X-Forwarded-For: §", "Source Network Address:\t§", "addr: §\n", "ip,host\n§,x\n", "<ip>§</ip>", "The server at § is down.", "(§)",
}

// ipv4 draws an address that is assigned to somebody: private, or of the public space without special ranges.
func ipv4(r *rng) string {
	b := func() int { return r.between(1, 254) }
	switch r.IntN(5) {
	case 0:
		return fmt.Sprintf("10.%d.%d.%d", b(), b(), b())
	case 1:
		return fmt.Sprintf("192.168.%d.%d", b(), b())
	case 2:
		return fmt.Sprintf("172.%d.%d.%d", r.between(16, 31), b(), b())
	}
	return fmt.Sprintf("%d.%d.%d.%d", draw(r, []int{23, 31, 45, 52, 62, 77, 80, 85, 91, 104, 109, 134, 141, 151, 176, 185, 193, 195, 212, 217}), r.between(11, 254), b(), b())
}

func ipv6(r *rng) string {
	h := func() string { return r.of(hexChars[1:], 1) + r.hex(r.IntN(4)) }
	prefix := r.pick("2001:"+r.of("456789", 1)+r.hex(2), "2a0"+r.of("0123", 1)+":"+h(), "2600:"+h(), "fd"+r.hex(2)+":"+h(), "2620:"+h(), "fe80:")
	switch {
	case prefix == "fe80:":
		return "fe80::" + h() + ":" + h() + ":" + h() + ":" + h()
	case r.one(2):
		return prefix + ":" + h() + "::" + h()
	}
	return prefix + ":" + h() + ":" + h() + ":" + h() + ":" + h() + ":" + h() + ":" + h()
}
