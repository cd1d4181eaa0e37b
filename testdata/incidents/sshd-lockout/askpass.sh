#!/bin/sh
echo "$GUESS"
