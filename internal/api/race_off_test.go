//go:build !race

package api

// mutations is how many bodies TestMutatedBodies sends.
const mutations = 10_000
