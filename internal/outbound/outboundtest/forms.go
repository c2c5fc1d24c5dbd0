// Package outboundtest holds the forms of a URL that lead, by one reading or
// another, to a place on this machine or its network. Every field that takes a
// URL is tried with all of them.
package outboundtest

import "strings"

// hosts stand in "scheme://HOST:port/".
var hosts = []string{
	"127.0.0.1", "127.0.0.1.", "127.1.2.3", "127.255.255.254", "localhost", "LOCALHOST", "LocalHost.", "localhost.",
	"0.0.0.0", "0.0.0.0.", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::0:1]", "[0::1]",
	"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::FFFF:7F00:0001]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::ffff:0.0.0.0]",
	"[::ffff:169.254.169.254]", "[::ffff:10.0.0.1]", "[::ffff:8.8.8.8]", "[::127.0.0.1]", "[::7f00:1]", "[::169.254.169.254]",
	"[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]", "[64:ff9b:1:fffe::a00:1]",
	"[2002:7f00:1::]", "[2002:a9fe:a9fe::]", "[2002:a00:1::1]", "[2001::1]", "[2001:0:7f00:1::]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
	"[fe80::1]", "[febf::1]", "[fec0::1]", "[fc00::1]", "[fd12:3456:789a::1]", "[ff02::1]", "[ff05::2]", "[ff0e::1]",
	"[fd00:ec2::254]", "[fd20:ce::254]", "[100::1]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]", "[2001:10::1]", "[2001:20::1]",
	"[fe80::1%25lo]", "[fe80::1%25eth0]", "[::1%25lo]", "[fe80::1%25]", "[::ffff:0:127.0.0.1]",
	"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255",
	"169.254.0.1", "169.254.169.254", "169.254.170.2", "169.254.169.254.", "100.64.0.1", "100.127.255.255", "100.100.100.200",
	"168.63.129.16", "192.0.0.192", "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
	"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "0.1.2.3",
	"2130706433", "3232235521", "2852039166", "0x7f000001", "0x7F000001", "0x7f.1", "0x7f.0.0.1", "0x7f.0x0.0x0.0x1", "0177.0.0.1",
	"0177.0x0.0.1", "017700000001", "00000177.0.0.1", "127.1", "127.0.1", "127.0.0.01", "0", "0x0", "127.0.0.0x1", "4294967295", "1.0x7f",
	"127%2e0%2e0%2e1", "127.0.0.1%00", "127.0.0.1%00.example.org", "127.0.0.1%09", "local%68ost", "%6c%6f%63%61%6c%68%6f%73%74",
	"①②⑦.⓪.⓪.①", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "127。0。0。1", "127．0．0．1", "loopback.evil.test\u200b", "bücher.test", "xn--bcher-kva.test",
	"loop.evil.test", "LOOP.EVIL.TEST", "loop.evil.test.", "loop6.evil.test", "both.evil.test", "mapped.evil.test", "compat.evil.test",
	"zero.evil.test", "zero6.evil.test", "high.evil.test", "metadata.evil.test", "metadata6.evil.test", "private.evil.test",
	"nat64.evil.test", "sixtofour.evil.test", "teredo.evil.test", "a_b.evil.test", "127.0.0.1.nip.test", "localhost.test",
	"0x7f000001.evil", "127-0-0-1.evil.test", "..", ".localhost", "127..0.0.1", "",
}

// urls are whole URLs; {port} is the canary's.
var urls = []string{
	"http://user@127.0.0.1:{port}/", "http://user:pass@127.0.0.1:{port}/", "http://example.org@127.0.0.1:{port}/",
	"http://example.org:80@127.0.0.1:{port}/", "http://example.org%40127.0.0.1:{port}/", "http://@127.0.0.1:{port}/",
	"http://127.0.0.1:{port}@example.org/", "http://127.0.0.1:{port}#@example.org/", "http://127.0.0.1:{port}?@example.org/",
	"http://127.0.0.1:{port}\\@example.org/", "http://example.org\\@127.0.0.1:{port}/", "http:\\\\127.0.0.1:{port}\\",
	"http:127.0.0.1:{port}/", "http:/127.0.0.1:{port}/", "http:///127.0.0.1:{port}/", "http:////127.0.0.1:{port}/", "//127.0.0.1:{port}/",
	"127.0.0.1:{port}/", "http://127.0.0.1:{port}:80/", "http://127.0.0.1:0{port}/", "http://127.0.0.1:+{port}/", "http://127.0.0.1: {port}/",
	" http://127.0.0.1:{port}/", "http://127.0.0.1:{port}\r\nX-Evil: 1/", "http://127.0.0.1\t:{port}/", "http://127.0.0.1:65536/", "http://127.0.0.1:0/",
	"http://127.0.0.1:-1/", "HTTP://127.0.0.1:{port}/", "hTTps://127.0.0.1:{port}/", "ftp://127.0.0.1:{port}/", "file:///etc/passwd",
	"file://127.0.0.1:{port}/etc/passwd", "gopher://127.0.0.1:{port}/_GET%20/", "dict://127.0.0.1:{port}/d:x", "ldap://127.0.0.1:{port}/",
	"tftp://127.0.0.1:{port}/x", "jar:http://127.0.0.1:{port}!/", "netdoc:///etc/passwd", "data:text/plain,x", "javascript:alert(1)",
	"unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun%2Fdocker.sock/", "ws://127.0.0.1:{port}/", "url:http://127.0.0.1:{port}/", "http://[::1/", "http://[::1]]:{port}/",
	"http://[127.0.0.1]:{port}/", "http://[loop.evil.test]:{port}/", "http://[::1].evil.test:{port}/", "http://[v1.x]:{port}/", "", "http://", "https://:{port}/",
}

// Forms are whole URLs for a canary that listens on the port of loopback.
func Forms(port string) []string {
	var forms []string
	for _, host := range hosts {
		forms = append(forms, "http://"+host+":"+port+"/", "https://"+host+":"+port+"/latest/meta-data/")
	}
	for _, u := range urls {
		forms = append(forms, strings.ReplaceAll(u, "{port}", port))
	}
	return forms
}
