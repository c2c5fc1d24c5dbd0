package secrets

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// GitleaksVersion is the release of gitleaks whose rules are embedded.
const GitleaksVersion = "8.30.1"

//go:embed rules
var ruleFiles embed.FS

// file is a rule file in the form of gitleaks.
type file struct {
	Allowlist  *fileAllowlist  `toml:"allowlist"`
	Allowlists []fileAllowlist `toml:"allowlists"`
	Rules      []fileRule      `toml:"rules"`
}

type fileRule struct {
	ID          string          `toml:"id"`
	Description string          `toml:"description"`
	Regex       string          `toml:"regex"`
	SecretGroup int             `toml:"secretGroup"`
	Entropy     float64         `toml:"entropy"`
	Path        string          `toml:"path"`
	Keywords    []string        `toml:"keywords"`
	Allowlists  []fileAllowlist `toml:"allowlists"`
}

type fileAllowlist struct {
	Condition   string   `toml:"condition"`
	RegexTarget string   `toml:"regexTarget"`
	Paths       []string `toml:"paths"`
	Commits     []string `toml:"commits"`
	Regexes     []string `toml:"regexes"`
	StopWords   []string `toml:"stopwords"`
}

// rule is one kind of secret, ready to run.
type rule struct {
	id, description string
	regex           expression
	group           int // of the secret; 0 is the first that is not empty
	entropy         float64
	keywords        []string // in lower case; one has to be in the text
	allowed         []allowlist
	trigger         *trigger // nil where the whole text has to be searched
}

// generic tells a rule that any specific one goes before.
func (r *rule) generic() bool {
	return strings.Contains(r.id, "generic") || r.id == "password-assignment"
}

// load reads the embedded files. Rules that are for files of one name are left
// out, since a card has none of these names.
func load() (rules []rule, global []allowlist, err error) {
	for _, name := range []string{"rules/gitleaks.toml", "rules/mcg.toml"} {
		text, err := ruleFiles.ReadFile(name)
		if err != nil {
			return nil, nil, err
		}
		var f file
		if err := toml.Unmarshal(text, &f); err != nil {
			return nil, nil, fmt.Errorf("secrets: %s: %w", name, err)
		}
		if f.Allowlist != nil {
			f.Allowlists = append(f.Allowlists, *f.Allowlist)
		}
		global = append(global, allowlistsOf(f.Allowlists)...)
		for _, r := range f.Rules {
			if r.Path != "" {
				continue
			}
			made, err := ruleOf(r)
			if err != nil {
				return nil, nil, fmt.Errorf("secrets: %s: rule %s: %w", name, r.ID, err)
			}
			rules = append(rules, made)
		}
	}
	return rules, global, nil
}

func ruleOf(f fileRule) (rule, error) {
	t, err := triggerOf(f.Regex)
	if err != nil {
		return rule{}, err
	}
	r := rule{
		id: f.ID, description: f.Description, regex: lazily(f.Regex), group: f.SecretGroup,
		entropy: f.Entropy, allowed: allowlistsOf(f.Allowlists), trigger: t,
	}
	for _, k := range f.Keywords {
		r.keywords = append(r.keywords, strings.ToLower(k))
	}
	if t != nil && allContain(t.literals, r.keywords) {
		r.keywords = nil // what sets the rule off has a keyword in it
	}
	return r, nil
}

func allContain(texts, keywords []string) bool {
	for _, text := range texts {
		if !slices.ContainsFunc(keywords, func(k string) bool { return strings.Contains(text, k) }) {
			return false
		}
	}
	return true
}

// allowlist says which matches are no secrets.
type allowlist struct {
	all       bool // every criterion has to hold, not any
	target    string
	never     bool // it asks for a path or commit, which a card has not
	regexes   []expression
	stopWords []string
}

func allowlistsOf(from []fileAllowlist) []allowlist {
	lists := make([]allowlist, 0, len(from))
	for _, f := range from {
		a := allowlist{all: strings.EqualFold(f.Condition, "AND"), target: f.RegexTarget}
		a.never = a.all && len(f.Paths)+len(f.Commits) > 0
		for _, text := range f.Regexes {
			a.regexes = append(a.regexes, lazily(text))
		}
		for _, word := range f.StopWords {
			a.stopWords = append(a.stopWords, strings.ToLower(word))
		}
		lists = append(lists, a)
	}
	return lists
}

// allows tells whether a match, its secret and the lines around it are no
// secret after all.
func (a *allowlist) allows(secret, match, line string) bool {
	if a.never {
		return false
	}
	target := secret
	switch a.target {
	case "match":
		target = match
	case "line":
		target = line
	}
	matched, stopped := a.matches(target), a.stops(secret)
	if a.all {
		return (matched || len(a.regexes) == 0) && (stopped || len(a.stopWords) == 0)
	}
	return matched || stopped
}

func (a *allowlist) matches(target string) bool {
	for _, e := range a.regexes {
		if e().MatchString(target) {
			return true
		}
	}
	return false
}

func (a *allowlist) stops(secret string) bool {
	secret = strings.ToLower(secret)
	for _, word := range a.stopWords {
		if strings.Contains(secret, word) {
			return true
		}
	}
	return false
}

// expression is a regular expression that is compiled when it is first needed:
// most texts need none of the two hundred.
type expression func() *regexp.Regexp
