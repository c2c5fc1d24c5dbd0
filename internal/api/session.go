package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/portal"
)

const (
	sessionCookie = "mcg_session"
	// sessionLifetime is the longest a session lasts.
	sessionLifetime = time.Hour
	maxCookie       = 3800 // bytes of a value that every browser keeps
)

// bySession finds the principal of a visitor who signed in. The cookie holds a
// token of mcg's own, so that it needs no memory here and ends with its key. It
// counts only where the request has no other credentials, and for what can't
// change anything but on pages: a browser sends it along unasked.
//
// A cookie that is no longer good is none: to be told to sign in is enough.
func (s *Server) bySession(r *http.Request) (principal auth.Principal, ok bool, err error) {
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead
	if hasCredentials(r.Header, s.o.Authenticator.KeyHeader()) || !safe && !requestOf(r.Context()).page {
		return auth.Principal{}, false, nil
	}
	cookie, err := r.Cookie(sessionCookie)
	if err != nil || cookie.Value == "" {
		return auth.Principal{}, false, nil //nolint:nilerr // there is no cookie, which is no failure
	}
	principal, err = s.o.Authenticator.Authenticate(r.Context(), http.Header{"Authorization": {"Bearer " + cookie.Value}})
	if errors.Is(err, auth.ErrUnauthenticated) {
		return auth.Principal{}, false, nil
	}
	requestOf(r.Context()).session = err == nil
	return principal, true, err
}

func (s *Server) signInPage(w http.ResponseWriter, r *http.Request, v portal.Visitor) error {
	if s.o.Authenticator == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	page := portal.SignIn{Next: portal.LocalAddress(r.URL.Query().Get("next")), Off: s.o.Issuer == nil}
	return s.portal.WriteSignIn(w, r, v, http.StatusOK, page)
}

// signIn makes a session of an API key.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request, v portal.Visitor) error {
	if s.o.Authenticator == nil || s.o.Issuer == nil {
		return s.signInPage(w, r, v)
	}
	next := portal.LocalAddress(r.PostForm.Get("next"))
	principal, err := s.authenticate(withKey(r, s.o.Authenticator.KeyHeader(), r.PostForm.Get("key")))
	if errors.Is(err, auth.ErrUnauthenticated) {
		requestOf(r.Context()).denied = auth.Reason(err)
		return s.portal.WriteSignIn(w, r, v, http.StatusUnauthorized, portal.SignIn{Next: next, Failed: "This key is not accepted."})
	}
	if err != nil {
		return err
	}
	requestOf(r.Context()).principal = principal.ID()
	lifetime := sessionLifetime
	if left := principal.Expires.Sub(s.o.Now()); !principal.Expires.IsZero() && left < lifetime {
		lifetime = left
	}
	token, err := s.o.Issuer.Issue(principal, lifetime)
	if err != nil {
		return err
	}
	if len(token) > maxCookie {
		return problem(http.StatusForbidden, "forbidden", "this key is bound to more namespaces than a session can hold")
	}
	s.setSession(w, r, token, int(lifetime/time.Second))
	http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // G710: LocalAddress lets addresses of this service through alone
	return nil
}

func (s *Server) signOut(w http.ResponseWriter, r *http.Request, _ portal.Visitor) error {
	s.setSession(w, r, "", -1)
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// setSession sets the cookie for so many seconds; a negative number ends it.
func (s *Server) setSession(w http.ResponseWriter, r *http.Request, value string, seconds int) {
	w.Header().Set("Cache-Control", "no-store")
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // G124: Secure where the connection is encrypted; without TLS a browser would drop it
		Name: sessionCookie, Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.byTLS(r),
	})
}

// ownForm reads the form of a page of ours: one on another site can't post
// here, whatever origins the API trusts.
func (s *Server) ownForm(w http.ResponseWriter, r *http.Request, limit int64) error {
	if http.NewCrossOriginProtection().Check(r) != nil {
		return problem(http.StatusForbidden, "cross_origin", "a page of another origin may not post here")
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	if err := r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return problem(http.StatusBadRequest, "unreadable", "the form can't be read")
	}
	return nil
}

// withKey is the request with one API key and no other credentials.
func withKey(r *http.Request, header, key string) *http.Request {
	changed := r.Clone(r.Context())
	changed.Header = http.Header{}
	changed.Header.Set(header, key)
	return changed
}
