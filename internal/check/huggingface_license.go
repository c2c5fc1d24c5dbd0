package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

const hubLicenses = "Hugging Face Hub, licenses (repositories-licenses.md)"

// licenses are the identifiers that the Hub knows. They are its own: some are
// SPDX's in lower case, some are families, some are no open licence.
var licenses = strings.Fields(`
apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m afl-3.0 artistic-2.0
bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0
cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0
cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2
agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0
odc-by odbl openmdw-1.0 openmdw-1.1 openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license
fair-noncommercial-research-license llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 grok2-community gemma unknown other`)

// licenseNames are other ways in which people write a licence that the Hub
// knows, folded by foldLicense.
var licenseNames = map[string]string{
	"apache": "apache-2.0", "apache2": "apache-2.0", "apache20": "apache-2.0", "apachelicense20": "apache-2.0", "apachelicenseversion20": "apache-2.0", "apachev2": "apache-2.0", "asl20": "apache-2.0",
	"mitlicense": "mit", "themitlicense": "mit", "bsd2": "bsd-2-clause", "bsd3": "bsd-3-clause", "bsd3clauselicense": "bsd-3-clause",
	"gpl2": "gpl-2.0", "gplv2": "gpl-2.0", "gpl20only": "gpl-2.0", "gpl3": "gpl-3.0", "gplv3": "gpl-3.0", "gpl30only": "gpl-3.0",
	"agpl3": "agpl-3.0", "agplv3": "agpl-3.0", "agpl30only": "agpl-3.0", "lgpl3": "lgpl-3.0", "lgplv3": "lgpl-3.0", "lgpl30only": "lgpl-3.0",
	"mpl2": "mpl-2.0", "cc0": "cc0-1.0", "ccby4": "cc-by-4.0", "ccbysa4": "cc-by-sa-4.0", "ccbync4": "cc-by-nc-4.0", "ccbyncsa4": "cc-by-nc-sa-4.0",
	"theunlicense": "unlicense", "llama31community": "llama3.1", "odbl10": "odbl", "odcby10": "odc-by", "pddl10": "pddl",
}

func foldLicense(s string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "", ".", "", ",", "").Replace(strings.ToLower(s))
}

// meantLicense is the Hub's identifier for a licence that is written in
// another way, or "".
func meantLicense(s string) string {
	folded := foldLicense(s)
	if id, ok := licenseNames[folded]; ok {
		return id
	}
	for _, id := range licenses {
		if foldLicense(id) == folded {
			return id
		}
	}
	return ""
}

var hubLicenseRules = []Rule{
	{ID: "huggingface/license", Severity: Error, Fixable: true, Reference: hubLicenses,
		Title: "license is an identifier that the Hub knows, in lower case",
		Hint:  "take one of the Hub's table, or other with license_name and license_link",
		Bad:   "model: {name: Example, license: Apache-2.0}\n", Good: "model: {name: Example, license: apache-2.0}\n",
		find: eachText("license", wantLicense)},
	{ID: "huggingface/license-missing", Severity: Warning, Reference: hubLicenses,
		Title: "the card has a license", Hint: "without one nobody knows whether the model may be used",
		Fields: []string{"/model/license"}, Good: "model: {name: Example, license: mit}\n",
		find: func(s *subject) []hit {
			if s.has("/model/license") || len(s.items("license")) > 0 {
				return nil
			}
			return []hit{{pointer: "/model/license", message: "missing: license"}}
		}},
	{ID: "huggingface/license-list", Severity: Warning, Reference: hubSpec,
		Title: "license is one identifier, not a list", Hint: "state one; name the others in license_name",
		Bad: "---\nlicense: [mit, apache-2.0]\n---\n# Example\n", Good: "---\nlicense: mit\n---\n# Example\n",
		find: func(s *subject) []hit {
			v, _ := s.raw().Get("license")
			if _, isList := v.([]any); isList {
				return []hit{{pointer: "/metadata/license"}}
			}
			return nil
		}},
	{ID: "huggingface/license-name", Severity: Warning, Reference: hubLicenses,
		Title: "a card whose license is other has a license_name", Hint: "add license_name, an id such as my-license-1.0",
		Bad: "model: {name: Example, license: other, license_link: LICENSE}\n", Good: "model: {name: Example, license: other, license_name: my-license-1.0, license_link: LICENSE}\n",
		applies: isOtherLicense, Fields: []string{"/model/license_name"}},
	{ID: "huggingface/license-link", Severity: Warning, Reference: hubLicenses,
		Title: "a card whose license is other has a license_link", Hint: "add license_link: LICENSE, or the address of the text",
		Bad: "model: {name: Example, license: other, license_name: my-license-1.0}\n", Good: "model: {name: Example, license: other, license_name: my-license-1.0, license_link: LICENSE}\n",
		applies: isOtherLicense, Fields: []string{"/model/license_link", "/model/license_text"}},
	{ID: "huggingface/license-name-form", Severity: Warning, Fixable: true, Reference: hubSpec,
		Title: "license_name is an id such as my-license-1.0",
		Bad:   "model: {name: Example, license: other, license_name: My License, license_link: LICENSE}\n", Good: "model: {name: Example, license: other, license_name: my-license, license_link: LICENSE}\n",
		find: eachText("license_name", wantLicenseName)},
	{ID: "huggingface/license-link-form", Severity: Warning, Reference: hubSpec,
		Title: "license_link is a file name of the repository or an https address",
		Bad:   "model: {name: Example, license: other, license_name: x, license_link: see the paper}\n", Good: "model: {name: Example, license: other, license_name: x, license_link: \"https://example.com/license\"}\n",
		find: eachText("license_link", wantLicenseLink)},
	{ID: "huggingface/license-name-unused", Severity: Info, Reference: hubLicenses,
		Title: "license_name stands beside license: other alone", Hint: "the Hub shows it for other licences only",
		Bad: "model: {name: Example, license: mit, license_name: my-license-1.0}\n", Good: "model: {name: Example, license: mit}\n",
		applies: func(s *subject) bool { return s.Model.License != "" && !isOtherLicense(s) },
		find: func(s *subject) []hit {
			if s.Model.LicenseName == "" {
				return nil
			}
			return []hit{{pointer: "/model/license_name"}}
		}},
}

func isOtherLicense(s *subject) bool { return s.Model.License == "other" }

func wantLicense(_ *subject, id, pointer string) *hit {
	if slices.Contains(licenses, id) {
		return nil
	}
	h := &hit{message: fmt.Sprintf("license %q is not one that the Hub knows", id)}
	if meant := meantLicense(id); meant != "" {
		h.hint, h.fix = "write "+meant, setTo(pointer, meant)
	} else if near := card.Closest(id, licenses); near != "" && strings.HasPrefix(foldLicense(near), foldLicense(id)[:min(2, len(foldLicense(id)))]) {
		h.hint = fmt.Sprintf("did you mean %q? If not, write other with license_name and license_link", near)
	}
	return h
}

var (
	licenseName  = regexp.MustCompile(`^[a-z0-9]+(?:[.+_-]*[a-z0-9+]+)*$`)
	notInName    = regexp.MustCompile(`[^a-z0-9.+_]+`)
	licenseFile  = regexp.MustCompile(`^[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*$`)
	absoluteLink = regexp.MustCompile(`^https?://[^\s/]+\.?[^\s]*$`)
)

func wantLicenseName(_ *subject, name, pointer string) *hit {
	if licenseName.MatchString(name) {
		return nil
	}
	h := &hit{message: fmt.Sprintf("license_name %q is no id", name)}
	if slug := strings.Trim(notInName.ReplaceAllString(strings.ToLower(name), "-"), "-."); licenseName.MatchString(slug) {
		h.hint, h.fix = "write "+slug, setTo(pointer, slug)
	}
	return h
}

func wantLicenseLink(_ *subject, link, _ string) *hit {
	if licenseFile.MatchString(link) || absoluteLink.MatchString(link) {
		return nil
	}
	return &hit{message: fmt.Sprintf("license_link %q is neither a file nor an address", link)}
}
