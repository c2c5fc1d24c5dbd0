package app

import "runtime/debug"

// unknownVersion is what the linker leaves where nobody sets a version.
const unknownVersion = "dev"

// Version is what a program tells of itself: what the linker was given, or the
// version that the go command puts into what it builds, by `go install …@v1.2.3`
// or in a checkout.
func Version(linked string) string {
	info, ok := debug.ReadBuildInfo()
	return versionOf(linked, info, ok)
}

func versionOf(linked string, info *debug.BuildInfo, ok bool) string {
	if linked != unknownVersion || !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return linked
	}
	return info.Main.Version
}

// revision is the commit that the program is built from, if it is known.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
