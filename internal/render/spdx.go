package render

import "strings"

// spdxLicenses are the SPDX identifiers of the licences that the Hugging Face
// Hub lists. Most differ in case alone, and are here under their identifier in
// lower case; the rest of the Hub's licences are not on SPDX's list. The GNU
// licences keep their deprecated identifiers: the Hub does not say whether a
// later version will do.
var spdxLicenses = hubLicenses(
	[]string{
		"AFL-3.0", "AGPL-3.0", "Apache-2.0", "Artistic-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-Clear", "BSL-1.0",
		"CC-BY-2.0", "CC-BY-2.5", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-NC-2.0", "CC-BY-NC-3.0", "CC-BY-NC-4.0",
		"CC-BY-NC-ND-3.0", "CC-BY-NC-ND-4.0", "CC-BY-NC-SA-2.0", "CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0",
		"CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC0-1.0", "CDLA-Permissive-1.0", "CDLA-Permissive-2.0", "CDLA-Sharing-1.0",
		"ECL-2.0", "EPL-1.0", "EPL-2.0", "etalab-2.0", "EUPL-1.1", "EUPL-1.2", "GPL-2.0", "GPL-3.0", "ISC", "LGPL-2.1", "LGPL-3.0",
		"LPPL-1.3c", "MIT", "MPL-2.0", "MS-PL", "NCSA", "OFL-1.1", "OSL-3.0", "PostgreSQL", "Unlicense", "WTFPL", "Zlib",
	},
	map[string]string{
		"c-uda": "C-UDA-1.0", "lgpl-lr": "LGPLLR", "odbl": "ODbL-1.0", "odc-by": "ODC-By-1.0", "pddl": "PDDL-1.0",
	},
)

// hubLicenses adds to the licences with another name those with the same.
func hubLicenses(same []string, other map[string]string) map[string]string {
	for _, id := range same {
		other[strings.ToLower(id)] = id
	}
	return other
}

// hubIDs are the Hub's identifiers by the SPDX identifier in lower case, since
// SPDX identifiers are compared without case (SPDX 2.3, annex D.2).
var hubIDs = func() map[string]string {
	ids := make(map[string]string, len(spdxLicenses))
	for hub, id := range spdxLicenses {
		ids[strings.ToLower(id)] = hub
	}
	return ids
}()

// toSPDX is the SPDX identifier of a licence of the Hub, or the licence as it
// is where SPDX lists none.
func toSPDX(license string) string {
	if id, ok := spdxLicenses[strings.ToLower(license)]; ok {
		return id
	}
	return license
}

// fromSPDX is the Hub's identifier of an SPDX licence; listed is false where
// the Hub has none, and the licence stays as it is.
func fromSPDX(license string) (hub string, listed bool) {
	if hub, listed = hubIDs[strings.ToLower(license)]; listed {
		return hub, true
	}
	return license, false
}
