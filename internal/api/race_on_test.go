//go:build race

package api

// mutations is fewer under the race detector, which makes each of them slow;
// make cost sends all.
const mutations = 1_000
