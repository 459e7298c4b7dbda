package node

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is far below the 10000 at which encoding/json gives up, because a
// body is wrapped a few levels deeper when it is stored and listed.
const maxDepth = 1000

// checkKeys refuses an object with a key twice, of which encoding/json would
// silently keep the last. Data must be valid JSON, which also bounds the
// recursion until depth is noticed.
func checkKeys(data []byte, depth int) error {
	return checkValue(numberDecoder(data), depth)
}

// checkValue allows depth levels of nesting from here on.
func checkValue(decoder *json.Decoder, depth int) error {
	token, err := decoder.Token()
	open, nested := token.(json.Delim)
	if err != nil || !nested {
		return err
	}
	if depth == 0 {
		return fmt.Errorf("nested too deep at byte %d", decoder.InputOffset())
	}
	seen := make(map[string]bool)
	for decoder.More() {
		if open == '{' {
			if err := checkKey(decoder, seen); err != nil {
				return err
			}
		}
		if err := checkValue(decoder, depth-1); err != nil {
			return err
		}
	}
	_, err = decoder.Token() // the closing bracket
	return err
}

func checkKey(decoder *json.Decoder, seen map[string]bool) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	name, _ := token.(string)
	if seen[name] {
		return fmt.Errorf("duplicate key %q at byte %d", name, decoder.InputOffset())
	}
	seen[name] = true
	return nil
}

// loneSurrogate returns where valid JSON escapes half of a UTF-16 pair, or -1;
// encoding/json would replace the half with U+FFFD.
func loneSurrogate(data []byte) int {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		switch first := escapedRune(data[i:]); {
		case !utf16.IsSurrogate(first):
			i++ // what is escaped may itself be a backslash
		case utf16.DecodeRune(first, escapedRune(data[i+6:])) == utf8.RuneError:
			return i
		default:
			i += 11
		}
	}
	return -1
}

// escapedRune returns the XXXX of a leading \uXXXX, or -1.
func escapedRune(data []byte) rune {
	if len(data) < 6 || data[0] != '\\' || data[1] != 'u' {
		return -1
	}
	code, err := strconv.ParseUint(string(data[2:6]), 16, 32)
	if err != nil {
		return -1
	}
	return rune(code)
}
