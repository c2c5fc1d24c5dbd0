package render

import (
	_ "embed" // for the list of SPDX identifiers
	"strings"
)

// spdxList are the identifiers of the SPDX License List 3.28.0, licences and
// exceptions, as spdx.schema.json of CycloneDX has them.
//
//go:embed cyclonedx/spdx.txt
var spdxList string

// hubList are the identifiers of licences that the Hugging Face Hub knows.
const hubList = `apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m
afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0
cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0
cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0
epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research intel-research
lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0 openmdw-1.1 openrail++ osl-3.0 postgresql ofl-1.1 ncsa
unlicense zlib pddl lgpl-lr deepfloyd-if-license fair-noncommercial-research-license llama2 llama3 llama3.1 llama3.2 llama3.3
llama4 grok2-community gemma unknown other`

// renamed are licences whose identifiers on the Hub and in SPDX differ in more
// than case. Families of licences (bsd, cc, gfdl, gpl, lgpl) have no SPDX
// identifier.
var renamed = map[string]string{
	"c-uda": "C-UDA-1.0", "lgpl-lr": "LGPLLR", "odbl": "ODbL-1.0", "odc-by": "ODC-By-1.0", "pddl": "PDDL-1.0",
}

var (
	spdxByFolded = foldedSPDX()      // SPDX identifiers by their lower case form
	knownToHub   = wordSet(hubList)  // identifiers of the Hub
	hubBySPDX    = hubIdentifierOf() // identifiers of the Hub by those of SPDX
	spdxIDs      = wordSet(spdxList) // SPDX identifiers
	notLicenses  = wordSet("GCC-exception-2.0-note GPL-CC-1.0 Linux-syscall-note SHL-2.0 SHL-2.1")
)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

func foldedSPDX() map[string]string {
	ids := map[string]string{}
	for id := range strings.FieldsSeq(spdxList) {
		ids[strings.ToLower(id)] = id
	}
	return ids
}

func hubIdentifierOf() map[string]string {
	ids := map[string]string{}
	for hub := range strings.FieldsSeq(hubList) {
		if id, ok := spdxID(hub); ok {
			ids[id] = hub
		}
	}
	return ids
}

// spdxID is the SPDX identifier of a licence that a card names as the Hub or as
// SPDX does, in any case.
func spdxID(license string) (string, bool) {
	if id, ok := renamed[license]; ok {
		return id, true
	}
	id, ok := spdxByFolded[strings.ToLower(license)]
	return id, ok && !isException(id)
}

// isException tells whether an SPDX identifier is that of an exception to a
// licence, and no licence.
func isException(id string) bool {
	return strings.Contains(id, "-exception") && !strings.Contains(id, "-with-") || notLicenses[id]
}

// toSPDX is the SPDX identifier of a licence of the Hub; listed is false where
// SPDX has none, and the licence stays as it is.
func toSPDX(license string) (id string, listed bool) {
	hub := strings.ToLower(license)
	if id, listed = spdxID(hub); listed && knownToHub[hub] {
		return id, true
	}
	return license, false
}

// fromSPDX is the Hub's identifier of an SPDX licence; listed is false where
// the Hub has none, and the licence stays as it is. SPDX identifiers are
// compared without case (SPDX 2.3, annex D.2).
func fromSPDX(license string) (hub string, listed bool) {
	if hub, listed = hubBySPDX[spdxByFolded[strings.ToLower(license)]]; listed {
		return hub, true
	}
	return license, false
}
