using '../main.bicep'

param hosting = 'elasticPremium'
param environmentName = 'ep'
param image = 'simcse-functions:1'
param premiumSku = 'EP2'
param minInstances = 1
param maxInstances = 20
param alwaysReadyInstances = 1
param modelBlob = 'default'
param allowedOrigins = ['https://app.example.com']
