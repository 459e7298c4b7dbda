package node

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// canonical returns the one form that equal bodies share: keys sorted, no
// white space, numbers as written. Its errors say what about data is not an
// object that can be given back unchanged. It may nest no deeper than depth.
func canonical(data []byte, depth int) (json.RawMessage, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not valid UTF-8")
	}
	object, err := decodeObject(data)
	if err != nil {
		return nil, err
	}
	if i := loneSurrogate(data); i >= 0 {
		return nil, fmt.Errorf("half of a surrogate pair at byte %d", i)
	}
	if err := checkKeys(data, depth); err != nil {
		return nil, err
	}
	return encode(object)
}

// decodeObject reads data, which must be exactly one JSON object.
func decodeObject(data []byte) (map[string]any, error) {
	decoder := numberDecoder(data)
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, explain(err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s, not a JSON object", describe(value))
	}
	end := decoder.InputOffset()
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("trailing data after byte %d", end)
	}
	return object, nil
}

// numberDecoder keeps numbers as text: a float64 would change large ones.
func numberDecoder(data []byte) *json.Decoder {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder
}

func explain(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("empty, not a JSON object")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends in the middle of a value")
	case errors.As(err, &syntax):
		return fmt.Errorf("%w at byte %d", err, syntax.Offset)
	}
	return err
}

func describe(value any) string {
	switch value.(type) {
	case []any:
		return "an array"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a boolean"
	}
	return "null"
}

// encode is json.Marshal that leaves <, > and & alone.
func encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
