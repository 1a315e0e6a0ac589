package cli

// The calls of the tour. This file is what the tour shows: it is embedded, and the body of
// each function is printed as it stands here, so that what is shown is what is run.

import (
	"context"

	"example.com/godwit"
)

// A User is what the tour posts.
type User struct {
	Login string `json:"login"`
	Age   int    `json:"age"`
}

func getWithParameters(ctx context.Context, api *godwit.Session, url string) (*godwit.Response, error) {
	return api.Get(ctx, url+"/get", godwit.Params{"q": "go http", "page": 2})
}

func postJSON(ctx context.Context, api *godwit.Session, url string) (*godwit.Response, error) {
	return api.Post(ctx, url+"/post", godwit.JSON(User{Login: "hubot", Age: 7}))
}

func followRedirects(ctx context.Context, api *godwit.Session, url string) (*godwit.Response, error) {
	return api.Get(ctx, url+"/redirect/2") // res.History has the way there
}

func streamLines(ctx context.Context, api *godwit.Session, url string, each func(line string)) error {
	stream, err := api.Stream(ctx, "GET", url+"/jsonl?count=3&duration=600ms")
	if err != nil {
		return err
	}
	defer stream.Close()
	for line, err := range stream.Lines() {
		if err != nil {
			return err
		}
		each(line)
	}
	return nil
}

func getVerified(ctx context.Context, api *godwit.Session, url, caFile string) (*godwit.Response, error) {
	return api.Get(ctx, url+"/get", godwit.CA(caFile))
}

func getUnverifiable(ctx context.Context, api *godwit.Session, url string) (*godwit.Response, error) {
	return api.Get(ctx, url+"/get") // errors.Is(err, godwit.ErrTLS)
}
