# Cards of posts, and the pages of a post.
card-place = at { $place }
likes =
    { $count ->
        [one] One person likes this.
       *[other] { $count } people like this.
    }
