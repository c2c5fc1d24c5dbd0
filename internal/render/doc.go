// Package render is the render core, both ways: one table of formats, a file
// <format>.go that writes each and a file <format>_read.go that reads it where
// it can be read. What a conversion cannot carry it reports as losses.
package render
