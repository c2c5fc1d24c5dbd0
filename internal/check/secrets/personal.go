package secrets

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"
)

// Rules of [Personal].
const (
	RuleEmail = "email-address"
	RulePhone = "phone-number"
)

var emailAddress = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b`)
})

const (
	maxMailbox = 64
	maxEmail   = 254 + maxMailbox
)

// findEmails looks around every @.
func findEmails(src []byte) (hits []hit) {
	next := 0
	for at := bytes.IndexByte(src, '@'); at >= 0 && len(hits) < MaxFindings; {
		start := at
		for start > max(next, at-maxMailbox) && isMailbox(src[start-1]) {
			start--
		}
		for start < at && !isWord(src[start]) {
			start++
		}
		if found := emailAddress().Find(src[start:min(start+maxEmail, len(src))]); found != nil {
			next = start + len(found)
			if isPersonal(src, start, next) {
				hits = append(hits, hit{emailRule, start, next})
			}
		}
		following := bytes.IndexByte(src[at+1:], '@')
		if following < 0 {
			break
		}
		at += 1 + following
	}
	return hits
}

func isMailbox(c byte) bool { return isWord(c) || strings.IndexByte(".%+-", c) >= 0 }

// phones are the ways to write a telephone number, with what each begins with.
var phones = sync.OnceValue(func() *phoneForms {
	f := &phoneForms{forms: []*regexp.Regexp{
		// International, in groups or bare (E.164).
		regexp.MustCompile(`^(\+[1-9]\d{0,2}(?:[ -]\(?\d{2,4}\)?){2,5}|\+[1-9]\d{9,14})\b`),
		// American.
		regexp.MustCompile(`^(\(\d{3}\) ?\d{3}-\d{4})\b`),
		// Any, after a word for it.
		regexp.MustCompile(`^(?i:telephone|tel|phone|mobile|fax)(?i: number| no)?[.:]{0,2} {0,2}(\(?\d{2,5}\)?(?:[ /-]\d{2,4}){2,4})\b`),
	}}
	for digit := '0'; digit <= '9'; digit++ {
		f.index.add("+"+string(digit), 0)
		f.index.add("("+string(digit), 1)
	}
	for _, word := range []string{"tel", "phone", "mobile", "fax"} {
		f.index.add(word, 2)
	}
	return f
})

type phoneForms struct {
	index index
	forms []*regexp.Regexp
}

// maxPhone is the most bytes of a telephone number with the word before it.
const maxPhone = 64

func (f *phoneForms) find(src []byte) (hits []hit) {
	next := 0
	f.index.each(src, func(at int, forms []int) {
		if at < next || len(hits) == MaxFindings || at > 0 && (isWord(src[at-1]) || strings.IndexByte("+.,-", src[at-1]) >= 0) {
			return
		}
		for _, i := range forms {
			groups := f.forms[i].FindSubmatchIndex(src[at:min(at+maxPhone, len(src))])
			if groups != nil && isPhone(src[at+groups[2]:at+groups[3]]) {
				hits = append(hits, hit{phoneRule, at + groups[2], at + groups[3]})
				next = at + groups[3]
			}
		}
	})
	return hits
}

// Personal finds e-mail addresses of persons and telephone numbers. Addresses
// of roles (support@), of reserved domains (RFC 2606) and of domains that
// there cannot be are passed over, as are numbers kept for fiction.
func Personal(src []byte) []Finding {
	hits := append(findEmails(src), phones().find(src)...)
	slices.SortFunc(hits, func(a, b hit) int { return a.start - b.start })
	return locate(src, hits)
}

var (
	emailRule = &rule{id: RuleEmail, description: "Found an e-mail address of a person."}
	phoneRule = &rule{id: RulePhone, description: "Found a telephone number."}
)

// roles are mailboxes that belong to no one person (RFC 2142, and custom).
var roles = []string{
	"abuse", "admin", "administrator", "contact", "hello", "help", "hostmaster", "info", "legal", "mail", "marketing",
	"no-reply", "noreply", "office", "postmaster", "press", "privacy", "research", "sales", "security", "service",
	"support", "team", "webmaster",
}

// users are names before an @ that are accounts of a program.
var users = []string{"git", "root", "user", "username", "ubuntu", "ec2-user"}

var reserved = []string{"example.com", "example.org", "example.net", "example", "test", "invalid", "localhost", "local"}

func isPersonal(src []byte, start, end int) bool {
	if start > 0 && strings.IndexByte("/:@", src[start-1]) >= 0 && !bytes.HasSuffix(src[:start], []byte("mailto:")) {
		return false // the credentials of a URL, or a package with its version
	}
	name, domain, _ := strings.Cut(strings.ToLower(string(src[start:end])), "@")
	if slices.Contains(roles, name) || slices.Contains(users, name) {
		return false
	}
	for _, r := range reserved {
		if domain == r || strings.HasSuffix(domain, "."+r) {
			return false
		}
	}
	return isDomain(domain)
}

// isDomain tells a domain of the public name space from the name of a file
// (image@2x.svg) or a version.
func isDomain(domain string) bool {
	suffix, icann := publicsuffix.PublicSuffix(domain)
	if !icann && !strings.Contains(suffix, ".") {
		return false
	}
	name := strings.TrimSuffix(domain, "."+suffix)
	return name != domain && len(name) > 1 && strings.ContainsAny(name, "abcdefghijklmnopqrstuvwxyz") && !retina.MatchString(domain)
}

// retina are pictures for screens of high density, in formats whose extensions
// are country codes as well.
var retina = regexp.MustCompile(`^[1-4]x\.`)

func isPhone(number []byte) bool {
	digits := 0
	for _, c := range number {
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	return digits >= 8 && digits <= 15 && !bytes.Contains(number, []byte("555-01"))
}
