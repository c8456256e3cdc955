#!/bin/bash
# Stands for the agent.
exit 0
