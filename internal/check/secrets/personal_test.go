package secrets

import "testing"

func TestPersonal(t *testing.T) {
	t.Parallel()
	tests := []struct{ src, rule, found string }{
		{"write to jane.doe@university.edu", RuleEmail, "jane.doe@university.edu"},
		{"<jane+x@mail.co.uk>,", RuleEmail, "jane+x@mail.co.uk"},
		{"[mail](mailto:jane@acme.io)", RuleEmail, "jane@acme.io"},
		{"call +49 30 1234 5678", RulePhone, "+49 30 1234 5678"},
		{"call +14155552671.", RulePhone, "+14155552671"},
		{"(415) 655-2671", RulePhone, "(415) 655-2671"},
		{"Tel.: 030 1234 5678", RulePhone, "030 1234 5678"},
		{"support@acme.io, git@github.com:acme/m.git", "", ""},
		{"jane@example.com, jane@host.test", "", ""},
		{"logo-280x184-overview@2x.svg, logo@2x.ai", "", ""},
		{"pip install acme@1.2.3, actions/checkout@v4, npm i @scope/a@latest", "", ""},
		{"https://jane@github.com/acme/m.git", "", ""},
		{"+29 languages, +0.5 points, +12.34 -56.78, 2024-01-31, 1e+10, 100-200-300", "", ""},
		{"(415) 555-0123", "", ""},
		{"a 12-layer, 768-hidden, 12-heads, 110M model; 0123 4567 8901 2345", "", ""},
	}
	for _, tt := range tests {
		findings := Personal([]byte(tt.src))
		if tt.rule == "" {
			if len(findings) > 0 {
				t.Errorf("%q: %+v", tt.src, findings)
			}
			continue
		}
		if len(findings) != 1 || findings[0].RuleID != tt.rule || tt.src[findings[0].Start:findings[0].End] != tt.found {
			t.Errorf("%q: %+v, want %s %q", tt.src, findings, tt.rule, tt.found)
			continue
		}
		checkRedacted(t, findings[0].Redacted, tt.found)
	}
}
