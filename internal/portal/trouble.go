package portal

import (
	"net/http"
	"strings"
)

// Trouble is why a visitor does not get the page that was asked for.
type Trouble struct {
	Status    int
	Title     string
	Detail    string
	RequestID string
}

// WriteTrouble writes the page of a trouble; one that signing in would end is
// the sign-in page, which gives back the text of a form.
func (p *Portal) WriteTrouble(w http.ResponseWriter, r *http.Request, v Visitor, t Trouble) {
	w.Header().Set("Cache-Control", "no-store")
	name, title, page := "trouble.html", t.Title, any(t)
	if t.Status == http.StatusUnauthorized {
		name, title, page = "signin.html", "Sign in", SignIn{Next: r.URL.RequestURI()}
		if r.Method == http.MethodPost {
			page = SignIn{Next: pageBehind(r.URL.Path), Kept: r.PostForm.Get("text")}
		}
	}
	if err := p.write(w, r, v, t.Status, name, title, page); err != nil {
		http.Error(w, t.Title, t.Status)
	}
}

// pageBehind is the page that a form is on.
func pageBehind(path string) string {
	if strings.HasSuffix(path, "/edit") {
		return path
	}
	return "/"
}

// SignIn is what the sign-in page shows.
type SignIn struct {
	// Next is where to go afterwards.
	Next string
	// Failed says why the last attempt did not work.
	Failed string
	// Kept is the text of a form that came without a session.
	Kept string
	// Off is true where the service can't make sessions.
	Off bool
}

// WriteSignIn writes the sign-in page.
func (p *Portal) WriteSignIn(w http.ResponseWriter, r *http.Request, v Visitor, status int, s SignIn) error {
	w.Header().Set("Cache-Control", "no-store")
	return p.write(w, r, v, status, "signin.html", "Sign in", s)
}

// LocalAddress is where to go after signing in: an address of this service, and
// the list for anything else, so that a link can't send a visitor elsewhere.
func LocalAddress(next string) string {
	plain := !strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f })
	if plain && strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "//") {
		return next
	}
	return "/"
}
